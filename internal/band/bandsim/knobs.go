package bandsim

import (
	"cmp"
	"time"
)

// Knobs decide what Band's documentation leaves open, and make things fail. The zero value of each field is the likeliest behaviour.
type Knobs struct {
	// EchoState adds the state of an authorize request to its redirect. Zero: not echoed, as documented.
	EchoState bool
	// DenySilently redirects a denial without any parameter. Zero: ?error=access_denied.
	DenySilently bool
	// Consent is the bands a user allows, unless the consent page says otherwise. Zero: all of theirs.
	Consent Consent

	// TokenGETOnly makes the token endpoint refuse POST. Zero: both methods.
	TokenGETOnly bool
	// ExpiresIn is the life of access tokens, rounded to seconds. Zero: 315359999 s, about ten years.
	ExpiresIn time.Duration
	// ExpiresInAbsent and RefreshTokenAbsent leave the field out of the token endpoint's answer.
	ExpiresInAbsent    bool
	RefreshTokenAbsent bool
	// Refresh says what a refresh does to the refresh token. Zero: another comes, the old one is spent.
	Refresh Refresh
	// BadToken is the answer to an access token that is missing, wrong or expired. Zero: HTTP 401 with code 10401.
	BadToken BadToken
	// SharedUserKeys returns a user the same key in every app. Zero: another in each.
	SharedUserKeys bool

	// CoolDown is the pause between two writes of one kind by one user of one app. Zero: 10 s; negative: none.
	CoolDown time.Duration
	// CoolDownAnswer is what a write within it gets. Zero: HTTP 200, code 1003 and cool_time.expired_in.
	CoolDownAnswer CoolDownAnswer
	// Quota makes every call of the API fail as over quota. Zero: off.
	Quota Quota

	// LimitHonoured makes the parameter limit (1 to 100) work. Zero: ignored, pages are of 20.
	LimitHonoured bool
	// LastPage is next_params on the last page. Zero: null.
	LastPage LastPage
	// LimitIsNumber writes limit in next_params as a number. Zero: a string.
	LimitIsNumber bool
	// ItemsAbsentWhenEmpty leaves items out of an empty list. Zero: an empty array.
	ItemsAbsentWhenEmpty bool
	// LatestCommentsAlways writes latest_comments as an empty array where there are none. Zero: absent.
	LatestCommentsAlways bool
	// Author is how much is told of an author. Zero: everything seen.
	Author AuthorFields
	// AlbumAuthor names an album's creator author. Zero: owner.
	AlbumAuthor bool
	// PermissionSingular names the granted permissions permission. Zero: permissions.
	PermissionSingular bool
	// PostPhoto is the field photo of a single post. Zero: a map, empty without photos.
	PostPhoto PostPhoto
	// RemoveForeign is the answer to removing what was not written through the same app. Zero: code 2300.
	RemoveForeign RemoveForeign
	// MembersPath serves a partner's list of members at this path, such as "/v2/band/members". Zero: there is none.
	MembersPath string

	// Latency delays every answer of the token endpoint and the API. Zero: none.
	Latency time.Duration
	// HangAfterWrite carries a POST of the API out and then keeps silent for a minute, and answers HTTP 504 to who still waits.
	// Zero: off.
	HangAfterWrite bool
	// Faults makes calls of the API fail at random. Zero: none.
	Faults Faults
}

// Faults are failures at random, such as a network and a busy server have. Each stands in the place of an answer or cuts it short, so a
// call that reads can be repeated.
type Faults struct {
	// Rate is the share of calls that fail, 0 to 1.
	Rate float64
	// Slow is how long an answer takes that comes too late. Zero: none does.
	Slow time.Duration
}

// Consent is which of their bands users allow.
type Consent int

// See Knobs.Consent.
const (
	ConsentAll  Consent = iota
	ConsentSome         // all but the club's
	ConsentNone
)

// Refresh is what happens to a refresh token that is used.
type Refresh int

// See Knobs.Refresh.
const (
	RefreshRotates Refresh = iota
	RefreshKept            // the answer has the same one again
	RefreshSilent          // the answer has none, the old one stays good
)

// BadToken is an answer to a bad access token.
type BadToken int

// See Knobs.BadToken.
const (
	BadTokenEnvelope401 BadToken = iota
	BadTokenEnvelope200
	BadTokenOAuth401 // {"error":"invalid_token","error_description":...}
	BadTokenHTML401  // a page
)

// CoolDownAnswer is an answer during a cool-down.
type CoolDownAnswer int

// See Knobs.CoolDownAnswer.
const (
	CoolDownTimed   CoolDownAnswer = iota
	CoolDownUntimed                // without cool_time
	CoolDown429                    // HTTP 429 with Retry-After, no envelope
)

// Quota is a quota that is exceeded.
type Quota int

// See Knobs.Quota.
const (
	QuotaOff  Quota = iota
	QuotaApp        // code 1001
	QuotaUser       // code 1002
)

// LastPage is next_params of a last page.
type LastPage int

// See Knobs.LastPage.
const (
	LastPageNull LastPage = iota
	LastPageAbsent
	LastPageEmpty // {}
)

// AuthorFields is how much is told of an author.
type AuthorFields int

// See Knobs.Author.
const (
	AuthorFull       AuthorFields = iota
	AuthorDocumented              // without member_type, member_certified, me, is_muted and created_at
	AuthorBare                    // without role and user_key too, as in old samples
)

// PostPhoto is the field photo of a single post.
type PostPhoto int

// See Knobs.PostPhoto.
const (
	PostPhotoMap PostPhoto = iota
	PostPhotoAbsent
	PostPhotoEmptyMap  // {} in every post
	PostPhotoEmptyList // [] in every post
)

// RemoveForeign is an answer to removing what another app wrote.
type RemoveForeign int

// See Knobs.RemoveForeign.
const (
	RemoveForeign2300 RemoveForeign = iota
	RemoveForeign60401
	RemoveForeign10403
)

const (
	defaultExpiresIn = 315_359_999 * time.Second
	defaultCoolDown  = 10 * time.Second
)

func (k Knobs) expiresIn() time.Duration {
	return max(cmp.Or(k.ExpiresIn, defaultExpiresIn).Round(time.Second), time.Second)
}

func (k Knobs) coolDown() time.Duration { return max(cmp.Or(k.CoolDown, defaultCoolDown), 0) }
