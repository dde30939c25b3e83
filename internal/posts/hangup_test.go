package posts_test

import (
	"context"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/posts"
)

// contextFor is a context that ends after a while.
func contextFor(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}

// impatient is a store whose caller hangs up when something has been stored, which the store answers with success or, where
// silent, with the end of the call.
type impatient struct {
	posts.Store
	hangUp context.CancelFunc
	silent bool
}

func (s *impatient) end(ctx context.Context, err error) error {
	if s.hangUp == nil {
		return err
	}
	s.hangUp()
	if err == nil && s.silent {
		return context.Cause(ctx)
	}
	return err
}

func (s *impatient) CreatePost(ctx context.Context, p posts.Post) (posts.Post, bool, error) {
	kept, created, err := s.Store.CreatePost(ctx, p)
	return kept, created, s.end(ctx, err)
}

func (s *impatient) CreateComment(ctx context.Context, c posts.Comment, limit int) (posts.Comment, bool, error) {
	kept, created, err := s.Store.CreateComment(ctx, c, limit)
	return kept, created, s.end(ctx, err)
}

func TestWhatIsStoredIsToldWhenTheCallerHangsUp(t *testing.T) {
	for name, silent := range map[string]bool{"the store answers": false, "the store does not answer": true} {
		t.Run(name, func(t *testing.T) {
			store := &impatient{silent: silent}
			f := open(t, func(c *posts.Config) { store.Store, c.Store = c.Store, store })
			mine := f.post(t, kim)
			f.events(t)
			hangingUp := func(by string, call func(context.Context) error) {
				t.Helper()
				ctx, cancel := context.WithCancel(as(t, by))
				store.hangUp = cancel
				if err := call(ctx); (err != nil) != silent {
					t.Errorf("the call gave %v", err)
				}
				store.hangUp = nil
			}
			hangingUp(park, func(ctx context.Context) error {
				_, err := f.CreatePost(ctx, post(in(notice), titled("회칙"), keyed("key")))
				return err
			})
			hangingUp(lee, func(ctx context.Context) error {
				_, err := f.CreateComment(ctx, comment(mine.GetId(), ""))
				return err
			})
			if silent {
				// Nobody has asked again: it is made up for.
				run(t, f)
			}
			announced := f.events(t)
			equal(t, "events", len(announced), 1)
			equal(t, "the event", announced[0].GetTitle(), "회칙")
			equal(t, "told the author of the other post", f.told(t, kim), []string{"notice: [공지] 회칙", "comment: 새 댓글 · 정모"})
			equal(t, "told another", f.told(t, lee), []string{"notice: [공지] 회칙"})
			equal(t, "told the author", f.told(t, park), nil)

			f.post(t, park, in(notice), titled("회칙"), keyed("key"))
			equal(t, "events when it is asked again", len(f.events(t)), 0)
		})
	}
}

// A retry that finds the first result makes sure that it was told of.
func TestARetryTellsOfWhatItsFirstCallStored(t *testing.T) {
	store := &impatient{silent: true}
	f := open(t, func(c *posts.Config) { store.Store, c.Store = c.Store, store })
	ctx, cancel := context.WithCancel(as(t, park))
	store.hangUp = cancel
	_, err := f.CreatePost(ctx, post(in(notice), keyed("key")))
	equal(t, "the first call failed", err != nil, true)
	equal(t, "events after it", len(f.events(t)), 0)
	store.hangUp = nil
	f.post(t, park, in(notice), keyed("key"))
	equal(t, "events after the retry", len(f.events(t)), 1)
	equal(t, "told", f.told(t, lee), []string{"notice: [공지] 정모"})
}

func TestAttachmentsAreUploadsOfTheCaller(t *testing.T) {
	f := open(t)
	f.uploads[kim], f.uploads[choi] = []string{"mine", "second"}, []string{"choi's"}
	attached := func(ids ...string) func(*v1.CreatePostRequest) {
		return func(req *v1.CreatePostRequest) { req.Attachments = ids }
	}
	for name, ids := range map[string][]string{"nobody's": {"mine", "nothing"}, "somebody else's": {"choi's"}} {
		_, err := f.CreatePost(as(t, kim), post(attached(ids...)))
		refused(t, name, err, fault.Invalid, "ATTACHMENT_NOT_FOUND")
	}
	_, pages := f.list(t, &v1.ListPostsRequest{})
	equal(t, "posts", pages.GetTotal(), 0)
	equal(t, "events", len(f.events(t)), 0)

	p := f.post(t, kim, attached("mine"))
	want := &v1.Attachment{FileId: "mine", Url: "/files/mine", Name: "이름 mine", ContentType: "image/png", Size: 7}
	equal(t, "the attachment", p.GetAttachments()[0].String(), want.String())
	update := func(by string, ids ...string) (*v1.Post, error) {
		res, err := f.UpdatePost(as(t, by), &v1.UpdatePostRequest{PostId: p.GetId(), Attachments: ids})
		return res.GetPost(), err
	}
	_, err := update(kim, "mine", "choi's")
	refused(t, "an update with somebody else's", err, fault.Invalid, "ATTACHMENT_NOT_FOUND")
	moderated, err := update(choi, "choi's", "mine")
	must(t, err)
	equal(t, "what a moderator leaves", len(moderated.GetAttachments()), 2)
	equal(t, "what was there", moderated.GetAttachments()[1].String(), want.String())
	_, err = update(choi, "second")
	refused(t, "the author's, by a moderator", err, fault.Invalid, "ATTACHMENT_NOT_FOUND")
}
