package band

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"strings"
	"time"
)

// Role is what a person is in a band, in lower case. Band documents no values: the constants are those seen, and of an ordinary
// member it may be anything else or nothing.
type Role string

// Roles with rights of their own, and the ordinary one.
const (
	RoleLeader   Role = "leader"
	RoleCoLeader Role = "coleader"
	RoleMember   Role = "member"
)

// Author is a person as a post, comment, photo or mention shows them. Every field may be empty.
type Author struct {
	UserKey     string
	Name        string // the nickname in this band
	Description string
	Role        Role
	ImageURL    string
	JoinedAt    time.Time // zero if Band does not say
}

type authorWire struct {
	UserKey     text   `json:"user_key"`
	Name        text   `json:"name"`
	Description text   `json:"description"`
	Role        text   `json:"role"`
	ImageURL    text   `json:"profile_image_url"`
	CreatedAt   number `json:"created_at"`
}

func (w authorWire) author() Author {
	return Author{
		UserKey: string(w.UserKey), Name: string(w.Name), Description: string(w.Description), Role: role(w.Role),
		ImageURL: string(w.ImageURL), JoinedAt: w.CreatedAt.time(),
	}
}

func role(t text) Role {
	return Role(strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(string(t))))
}

// Profile is the token's own user. The Member fields are only set by [Client.MemberProfile].
type Profile struct {
	UserKey        string
	Name           string
	ImageURL       string
	AppMember      bool // connected to this app
	MessageAllowed bool
	MemberName     string
	MemberImageURL string
	MemberJoinedAt time.Time // zero if Band does not say
}

type profileWire struct {
	UserKey        text   `json:"user_key"`
	Name           text   `json:"name"`
	ImageURL       text   `json:"profile_image_url"`
	AppMember      flag   `json:"is_app_member"`
	MessageAllowed flag   `json:"message_allowed"`
	MemberName     text   `json:"member_name"`
	MemberImageURL text   `json:"member_profile_image_url"`
	MemberJoinedAt number `json:"member_joined_at"`
}

// Profile returns the user's own profile (GET /v2/profile).
func (c *Client) Profile(ctx context.Context, token Secret) (Profile, error) {
	return c.profile(ctx, token, nil)
}

// MemberProfile returns the user's profile with what they are called in one band. The fields for it are not documented: that
// they are set, or that the call succeeds, is no proof of membership; see [Client.IsMember].
func (c *Client) MemberProfile(ctx context.Context, token Secret, bandKey string) (Profile, error) {
	return c.profile(ctx, token, url.Values{"band_key": {bandKey}})
}

func (c *Client) profile(ctx context.Context, token Secret, params url.Values) (Profile, error) {
	data, err := c.get(ctx, token, profilePath, params)
	if err != nil {
		return Profile{}, err
	}
	w := decode[profileWire](data)
	return Profile{
		UserKey: string(w.UserKey), Name: string(w.Name), ImageURL: string(w.ImageURL), AppMember: bool(w.AppMember),
		MessageAllowed: bool(w.MessageAllowed), MemberName: string(w.MemberName), MemberImageURL: string(w.MemberImageURL),
		MemberJoinedAt: w.MemberJoinedAt.time(),
	}, nil
}

// Band is a band of the user.
type Band struct {
	Key      string
	Name     string
	CoverURL string
	Members  int
}

// Bands returns the bands of the user (GET /v2.1/bands): those, as far as is known, that the user allowed the app to see.
func (c *Client) Bands(ctx context.Context, token Secret) ([]Band, error) {
	data, err := c.get(ctx, token, "/v2.1/bands", nil)
	if err != nil {
		return nil, err
	}
	w := decode[struct {
		Bands list[struct {
			Key     text   `json:"band_key"`
			Name    text   `json:"name"`
			Cover   text   `json:"cover"`
			Members number `json:"member_count"`
		}] `json:"bands"`
	}](data)
	bands := make([]Band, 0, len(w.Bands))
	for _, e := range w.Bands {
		b := e.value
		bands = append(bands, Band{Key: string(b.Key), Name: string(b.Name), CoverURL: string(b.Cover), Members: b.Members.count()})
	}
	return bands, nil
}

// IsMember reports whether the user belongs to the band and allowed the app to see it: whether it is among their [Client.Bands]. It
// is false also for a member who left the band out on the consent page.
func (c *Client) IsMember(ctx context.Context, token Secret, bandKey string) (bool, error) {
	bands, err := c.Bands(ctx, token)
	if err != nil || bandKey == "" {
		return false, err
	}
	for _, b := range bands {
		if b.Key == bandKey {
			return true, nil
		}
	}
	return false, nil
}

// Permission is something the user may do in a band.
type Permission string

// The permissions Band knows. PermissionDelete does not look at who wrote what is to be deleted.
const (
	PermissionPost    Permission = "posting"
	PermissionComment Permission = "commenting"
	PermissionDelete  Permission = "contents_deletion"
)

// Permissions returns which of the asked permissions the user has in the band (GET /v2/band/permissions), of all three if none is
// asked for.
func (c *Client) Permissions(ctx context.Context, token Secret, bandKey string, asked ...Permission) ([]Permission, error) {
	if len(asked) == 0 {
		asked = []Permission{PermissionPost, PermissionComment, PermissionDelete}
	}
	names := make([]string, len(asked))
	for i, p := range asked {
		names[i] = string(p)
	}
	data, err := c.get(ctx, token, "/v2/band/permissions", url.Values{"band_key": {bandKey}, "permissions": {strings.Join(names, ",")}})
	if err != nil {
		return nil, err
	}
	w := decode[struct {
		// Band's table says permissions and its sample permission.
		Permissions words `json:"permissions"`
		Permission  words `json:"permission"`
	}](data)
	var granted []Permission
	for _, name := range append(w.Permissions, w.Permission...) {
		granted = append(granted, Permission(strings.ToLower(strings.TrimSpace(name))))
	}
	return granted, nil
}

var errPath = errors.New("the path of the list of members does not begin with a slash or has a query")

// Members yields the members of a band from the list at path, which Band grants to partners only; the public API has none. Its
// form is not published: a paged list is expected whose items, under "items" or "members", are people.
func (c *Client) Members(ctx context.Context, token Secret, path, bandKey string) iter.Seq2[Author, error] {
	if u, err := url.Parse(path); err != nil || !strings.HasPrefix(path, "/") || u.Host != "" || u.RawQuery != "" || u.Fragment != "" {
		return func(yield func(Author, error) bool) {
			yield(Author{}, &Error{Op: "list of members", outcome: abandoned, cause: errPath})
		}
	}
	return pages(ctx, c, token, path, url.Values{"band_key": {bandKey}}, authorWire.author)
}
