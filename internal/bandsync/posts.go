package bandsync

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/graphemes"
	"github.com/dongbaejul/dongbaejul/internal/hangul"
	"github.com/dongbaejul/dongbaejul/internal/ids"
	"github.com/dongbaejul/dongbaejul/internal/posts"
	"github.com/dongbaejul/dongbaejul/internal/text"
)

const (
	// pageSize is how many posts Band lists on a page, and quietPages how many pages of nothing new a pass reads before it stops.
	pageSize   = 20
	quietPages = 2
	// freshFor is how long a full pass reads all comments of a post, so that it notices one that was edited. Of older posts comments are
	// read when Band counts more or fewer of them, or the latest are others.
	freshFor = 30 * 24 * time.Hour
	// maxTitle is how many characters the title of a copy has at most. A longer first line is rather a paragraph.
	maxTitle = 100
)

// The words of what has no text.
const (
	untitled    = "밴드 글"
	photoWord   = "[사진]"
	stickerWord = "[스티커]"
	audioWord   = "[음성 메시지]"
)

func postID(key string) string    { return ids.From("band.post", key) }
func commentID(key string) string { return ids.From("band.comment", key) }
func albumID(key string) string   { return ids.From("band.album", key) }
func photoID(key string) string   { return ids.From("band.photo", key) }

// readPosts copies posts and their comments from the newest. A pass that is not full stops after pages of nothing new, but not before
// posts that the last pass which succeeded has seen.
func (p *pass) readPosts() error {
	if !p.cfg.SyncPosts {
		return nil
	}
	if err := p.progress(Posts, 0, 0); err != nil {
		return err
	}
	p.result.Posts, p.last, p.seenLast, p.cut = 0, "", false, false
	var page []band.Post
	quiet := 0
	for post, err := range p.band.Posts(p.ctx, p.token, p.cfg.BandKey) {
		if err != nil {
			return err
		}
		if post.Key == "" {
			continue
		}
		p.last, p.seenLast = post.Key, p.seenLast || post.Key == p.lastBefore
		if page = append(page, post); len(page) < pageSize {
			continue
		}
		news, err := p.putPosts(page)
		if err != nil {
			return err
		}
		if quiet++; news {
			quiet = 0
		}
		if !p.full && quiet >= quietPages && post.CreatedAt.Before(p.since) {
			return nil
		}
		page = page[:0]
	}
	if _, err := p.putPosts(page); err != nil {
		return err
	}
	return p.checkEnd()
}

// checkEnd finds out whether the list of posts has ended early in a full pass: the post that was the last one before is not in it, but Band
// has it. An answer may lack where the list goes on, which also is how Band ends it.
func (p *pass) checkEnd() error {
	if !p.full || p.lastBefore == "" || p.seenLast {
		return nil
	}
	post, err := p.band.Post(p.ctx, p.token, p.cfg.BandKey, p.lastBefore)
	if p.cut = err == nil && post.Key == p.lastBefore; p.cut {
		p.cfg.Log.WarnContext(p.ctx, "Naver Band's list of posts ended early; deleting nothing", slog.Int("posts", p.result.Posts))
	}
	return p.checkFailed(err)
}

// checkFailed returns err if it says nothing of whether Band has what was asked for. Any other error says that Band does not have it.
func (p *pass) checkFailed(err error) error {
	failure, ok := errors.AsType[*band.Error](err)
	if err != nil && (p.ctx.Err() != nil || !ok || refusesToken(err) || failure.Temporary() && failure.Code != band.CodeInvalidResponse) {
		return err
	}
	return nil
}

// putPosts stores a page of posts with what belongs to them, and reports whether there was anything new.
func (p *pass) putPosts(page []band.Post) (news bool, err error) {
	if len(page) == 0 {
		return false, nil
	}
	p.accepted()
	page = distinctPosts(page)
	who := people{}
	texts := make([]band.Text, len(page))
	for i, post := range page {
		texts[i] = band.ParseText(post.Content)
		who.add(post.Author, false)
		who.addMentions(texts[i].Mentions)
		for _, c := range post.LatestComments {
			who.add(c.Author, false)
		}
		for _, photo := range post.Photos {
			who.add(photo.Author, false)
		}
	}
	if err := p.meet(who); err != nil {
		return false, err
	}
	if err := p.putPhotosOfPosts(page); err != nil {
		return false, err
	}
	copies := make([]posts.Post, len(page))
	for i, post := range page {
		copies[i] = p.copyOf(post, texts[i])
	}
	puts, err := p.cfg.Board.PutBandPosts(p.ctx, p.number, copies)
	if err != nil {
		return false, err
	}
	p.result.Posts += len(page)
	commented, err := p.putCommentsOf(page, copies, puts)
	if err != nil {
		return false, err
	}
	news = commented
	for _, put := range puts {
		news = news || put.Created || put.Changed
	}
	return news, p.progress(Posts, p.result.Posts, 0)
}

// distinctPosts leaves out a post that is on a page twice, since something was written meanwhile.
func distinctPosts(page []band.Post) []band.Post {
	seen := make(map[string]bool, len(page))
	var out []band.Post
	for _, post := range page {
		if !seen[post.Key] {
			seen[post.Key] = true
			out = append(out, post)
		}
	}
	return out
}

func (p *pass) copyOf(post band.Post, read band.Text) posts.Post {
	title, content := splitTitle(textOf(read.Plain))
	c := posts.Post{
		ID: postID(post.Key), Title: title, Content: content, Category: posts.Band, CreatedAt: post.CreatedAt,
		BandURL: "https://band.us/band/" + url.PathEscape(cmp.Or(post.BandKey, p.cfg.BandKey)) + "/post/" + url.PathEscape(post.Key),
	}
	c.AuthorID, c.AuthorName = p.author(post.Author)
	if p.cfg.Gallery == nil {
		return c
	}
	for _, photo := range post.Photos {
		if photo.Key != "" {
			// Band says neither the type of a picture nor how many bytes it has.
			c.Attachments = append(c.Attachments, posts.Attachment{FileID: photoID(photo.Key), Width: photo.Width, Height: photo.Height})
		}
	}
	return c
}

// splitTitle returns the first line of a text that has anything to read, as a title, and the lines that follow it. If that line is too
// long, the title is its beginning, and the content all of the text.
func splitTitle(content string) (title, rest string) {
	for rest = content; rest != ""; {
		line, after, _ := strings.Cut(rest, "\n")
		if title = lineOf(line); title == "" {
			rest = after
			continue
		}
		if short := graphemes.Shorten(title, maxTitle); short != title {
			return short, content
		}
		return title, withoutBlankLines(after)
	}
	return untitled, ""
}

// withoutBlankLines returns s without the blank lines that it begins with.
func withoutBlankLines(s string) string {
	for {
		line, after, more := strings.Cut(s, "\n")
		if !more || text.Trim(line) != "" {
			return s
		}
		s = after
	}
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n")

// textOf returns a text of Band as texts are stored here.
func textOf(s string) string {
	return text.Trim(hangul.NFC(strings.Map(visible, lineEnds.Replace(strings.ToValidUTF8(s, "\uFFFD")))))
}

// visible leaves out control characters, but for those that lay out a text, and characters of private use.
func visible(r rune) rune {
	if r != '\n' && r != '\t' && unicode.IsControl(r) || text.IsPrivate(r) {
		return -1
	}
	return r
}

// lineOf returns a text of Band as one line.
func lineOf(s string) string { return text.Line(textOf(s)) }

// putCommentsOf reads the comments of those posts of a page of which Band says something new, and reports whether there were any such.
func (p *pass) putCommentsOf(page []band.Post, copies []posts.Post, puts []posts.BandPut) (news bool, err error) {
	ids := make([]string, len(copies))
	for i, c := range copies {
		ids[i] = c.ID
	}
	marks, err := p.cfg.Store.BandMarks(p.ctx, ids)
	if err != nil {
		return false, err
	}
	set, due := make(map[string]string), make(map[string]string)
	var read []int
	for i, post := range page {
		mark := commentsMark(post)
		old, marked := marks[ids[i]]
		fresh := p.full && post.Comments > 0 && p.began.Sub(post.CreatedAt) < freshFor
		same := old == mark || !p.full && old == notShown+mark
		if marked && same && !puts[i].Created && !fresh || !marked && post.Comments == 0 && !puts[i].Created {
			if marked && p.full {
				set[ids[i]] = mark
			}
			continue
		}
		due[ids[i]], read = "", append(read, i)
	}
	// Until all comments of a post are stored it has no mark, so that they are read again if this pass ends before.
	if err := p.setMarks(due); err != nil {
		return false, err
	}
	for _, i := range read {
		post, mark := page[i], commentsMark(page[i])
		changed, err := p.putComments(post, ids[i])
		if errors.Is(err, fault.NotFound) {
			// A later pass has the post.
			continue
		}
		if refusesThing(err) {
			p.cfg.Log.WarnContext(p.ctx, "Naver Band does not show the comments of a post", slog.String("post_id", ids[i]), slog.Any("error", err))
			set[ids[i]] = notShown + mark
			continue
		}
		if err != nil {
			return false, err
		}
		news = news || changed || marks[ids[i]] != mark
		set[ids[i]] = mark
	}
	return news, p.setMarks(set)
}

func (p *pass) setMarks(marks map[string]string) error {
	if len(marks) == 0 {
		return nil
	}
	return p.cfg.Store.SetBandMarks(p.ctx, p.number, marks)
}

// notShown begins the mark of a post whose comments Band does not show. Only full passes ask for them again.
const notShown = "not shown "

// commentsMark is what a list of posts says of the comments of one.
func commentsMark(post band.Post) string {
	h := sha256.New()
	for _, c := range post.LatestComments {
		_, _ = fmt.Fprintf(h, "%d %s %s\n", c.CreatedAt.UnixMicro(), c.Author.UserKey, c.Body)
	}
	return fmt.Sprintf("%d %s", post.Comments, hex.EncodeToString(h.Sum(nil)[:8]))
}

// putComments copies the comments of a post, and reports whether that changed anything.
func (p *pass) putComments(post band.Post, id string) (bool, error) {
	var read []band.Comment
	who := people{}
	if post.Comments > 0 {
		for c, err := range p.band.Comments(p.ctx, p.token, p.cfg.BandKey, post.Key, band.OldestFirst) {
			if err != nil {
				return false, err
			}
			if c.Key == "" || len(read) == posts.MaxComments {
				continue
			}
			read = append(read, c)
			who.add(c.Author, false)
			who.addMentions(band.ParseText(c.Content).Mentions)
		}
		p.accepted()
	}
	if err := p.meet(who); err != nil {
		return false, err
	}
	comments := make([]posts.Comment, len(read))
	var last time.Time
	for i, c := range read {
		comments[i] = posts.Comment{ID: commentID(c.Key), PostID: id, OfBand: true, Content: wordsOf(c), CreatedAt: c.CreatedAt}
		if !c.CreatedAt.After(last) {
			// So that comments of one moment stay in Band's order.
			comments[i].CreatedAt = last.Add(time.Microsecond)
		}
		last = comments[i].CreatedAt
		comments[i].AuthorID, comments[i].AuthorName = p.author(c.Author)
	}
	changed, err := p.cfg.Board.PutBandComments(p.ctx, p.number, id, comments)
	return changed > 0, err
}

// wordsOf returns the text of a comment, and words for what is with it and is not text. A sticker with a text only decorates it.
func wordsOf(c band.Comment) string {
	content := textOf(band.ParseText(c.Content).Plain)
	with := ""
	switch {
	case c.Photo != nil:
		with = photoWord
	case c.Audio:
		with = audioWord
	case c.Sticker && content == "":
		with = stickerWord
	}
	if content == "" || with == "" {
		return content + with
	}
	return content + "\n" + with
}
