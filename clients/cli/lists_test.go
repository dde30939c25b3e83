package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/hangul"
)

var (
	anyID   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	anyTime = regexp.MustCompile(`20\d\d-\d\d-\d\d \d\d:\d\d KST`)
)

// plain replaces what is another at each run.
func plain(out string) string {
	return anyTime.ReplaceAllString(anyID.ReplaceAllString(out, "ID"), "2026-11-25 19:00 KST")
}

// want compares what was printed with lines.
func want(t *testing.T, out string, lines ...string) {
	t.Helper()
	if got := plain(out); got != strings.Join(lines, "\n")+"\n" {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(lines, "\n"))
	}
}

func TestLists(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		server := s.start(t)
		people := server.People(t)
		leader, member := signedIn(t, server, 0), signedIn(t, server, 1)
		names := []string{people[0].Name, people[1].Name}

		t.Run("members", func(t *testing.T) {
			out := leader.do(t, "members", "--search", hangul.Initials(names[0]))
			if !strings.Contains(plain(out), names[0]+"  회장") {
				t.Errorf("got\n%s", out)
			}
			var all struct {
				Members    []struct{ Role string }
				Pagination struct{ Total int }
			}
			if err := json.Unmarshal([]byte(leader.do(t, "members", "-o", "json")), &all); err != nil {
				t.Fatal(err)
			}
			if len(all.Members) != 2 || all.Pagination.Total != 2 || all.Members[0].Role == "" {
				t.Errorf("as JSON: %+v", all)
			}
			if lines := strings.Count(leader.do(t, "members", "-o", "jsonl"), "\n"); lines != 2 {
				t.Errorf("%d lines", lines)
			}
			r := leader.run(t.Context(), "", "members", "-n", "1")
			if strings.Count(r.out, "\n") != 2 || r.err != "1개 더 있습니다: --limit\n" {
				t.Errorf("the first only: %+v", r)
			}
		})

		t.Run("posts", func(t *testing.T) {
			post := leader.post(t, "이번 주 안내", "토요일은\n체육관이 쉽니다.", v1.PostCategory_POST_CATEGORY_NOTICE)
			leader.post(t, "라켓 팝니다", "한 자루", v1.PostCategory_POST_CATEGORY_MARKET)
			comment := must[*v1.CreateCommentResponse](t)(member.client(t).Posts.CreateComment(t.Context(),
				&v1.CreateCommentRequest{PostId: post.GetId(), Content: "알겠습니다"})).GetComment()
			must[*v1.CreateCommentResponse](t)(leader.client(t).Posts.CreateComment(t.Context(),
				&v1.CreateCommentRequest{PostId: post.GetId(), Content: "네", ParentId: &comment.Id}))
			want(t, member.do(t, "posts"),
				"날짜                  분류    제목          글쓴이  좋아요  댓글  ID",
				fmt.Sprintf("2026-11-25 19:00 KST  장터    라켓 팝니다   %s       0     0  ID", names[0]),
				fmt.Sprintf("2026-11-25 19:00 KST  공지    이번 주 안내  %s       0     2  ID", names[0]))
			if out := member.do(t, "posts", "list", "--category", "market", "-o", "jsonl"); strings.Count(out, "\n") != 1 {
				t.Errorf("of one category: %s", out)
			}
			want(t, member.do(t, "posts", "show", post.GetId()),
				"이번 주 안내",
				"공지 · "+names[0]+" · 2026-11-25 19:00 KST · 좋아요 0",
				"",
				"토요일은",
				"체육관이 쉽니다.",
				"",
				names[1]+" · 2026-11-25 19:00 KST",
				"알겠습니다",
				"",
				"    "+names[0]+" · 2026-11-25 19:00 KST",
				"    네")
		})

		t.Run("games", func(t *testing.T) {
			game := leader.game(t, "목요일 단식", v1.GameType_GAME_TYPE_SINGLES, 2)
			id := game.GetId()
			want(t, leader.do(t, "games"),
				"날짜                  제목         장소        종류  급수    인원  대기  상태  점수  ID",
				"2026-11-25 19:00 KST  목요일 단식  시민체육관  단식  누구나  0/2      0  예정        ID")
			want(t, leader.do(t, "games", "join", id), "목요일 단식에 참가합니다.")
			member.do(t, "games", "join", id)
			third := signedIn(t, server, 2, "DBJ_LANG=en")
			want(t, third.do(t, "games", "join", id), "You wait for 목요일 단식, at place 1.")
			want(t, leader.do(t, "games", "show", id),
				"제목  목요일 단식",
				"날짜  2026-11-25 19:00 KST (60분)",
				"장소  시민체육관",
				"상태  예정",
				"종류  단식",
				"급수  누구나",
				fmt.Sprintf("참가  2/2  %s, %s", names[0], names[1]),
				"대기  "+people[2].Name,
				"id    ID")
			want(t, leader.do(t, "games", "leave", id), "목요일 단식에서 빠졌습니다.")
			if out := third.do(t, "games", "show", id); !strings.Contains(out, "players  2/2  "+names[1]+", "+people[2].Name) {
				t.Errorf("after one has left: %s", out)
			}
			if out := leader.do(t, "games", "list", "--status", "ongoing", "-o", "jsonl"); out != "" {
				t.Errorf("games that are played: %s", out)
			}
			other := leader.game(t, "금요일 단식", v1.GameType_GAME_TYPE_SINGLES, 2).GetId()
			if out := member.do(t, "games", "--mine", "-o", "jsonl"); !strings.Contains(out, id) || strings.Contains(out, other) {
				t.Errorf("my games: %s", out)
			}
			if out := leader.do(t, "games", "list", "--court", "1", "-o", "jsonl"); out != "" {
				t.Errorf("games on a court: %s", out)
			}
			today := time.Now().In(time.FixedZone("KST", 9*60*60)).Format(time.DateOnly)
			if out := leader.do(t, "games", "--from", today, "--to", time.Now().Add(72*time.Hour).Format(time.RFC3339), "-o", "jsonl"); strings.Count(out, "\n") != 2 {
				t.Errorf("from %s: %s", today, out)
			}
			if out := leader.do(t, "games", "--to", "2026-01-01", "-o", "jsonl"); out != "" {
				t.Errorf("up to a day: %s", out)
			}
			if r := leader.run(t.Context(), "", "games", "--from", "2026-02-30"); r.code != exitUsage || !strings.Contains(r.err, "--from") {
				t.Errorf("a day that is not there: %+v", r)
			}
		})

		t.Run("ends of games", func(t *testing.T) {
			client := leader.client(t)
			ids := []string{must[string](t)(client.UserID(t.Context())), must[string](t)(member.client(t).UserID(t.Context()))}
			for i, end := range []struct{ flag, state, winner string }{
				{"--retired", "기권", names[1]}, {"--walkover", "부전승", names[1]}, {"--abandoned", "중단", ""},
			} {
				id := leader.game(t, "목요일 단식", v1.GameType_GAME_TYPE_SINGLES, 2).GetId()
				leader.do(t, "games", "join", id)
				member.do(t, "games", "join", id)
				must[*v1.SetTeamsResponse](t)(client.Games.SetTeams(t.Context(), &v1.SetTeamsRequest{GameId: id, Team1: ids[:1], Team2: ids[1:]}))
				args := []string{"games", "complete", id, end.flag}
				if i != 1 {
					must[*v1.StartGameResponse](t)(client.Games.StartGame(t.Context(), &v1.StartGameRequest{GameId: id, CourtId: "1"}))
				}
				if end.winner != "" {
					args = append(args, "--winner", "team2")
				}
				for range 2 {
					out := plain(leader.do(t, args...))
					if !strings.Contains(out, "상태  "+end.state+"\n") || strings.Contains(out, "승리  "+names[1]+"\n") != (end.winner != "") {
						t.Errorf("dbj %s prints\n%s", strings.Join(args, " "), out)
					}
				}
				if r := leader.run(t.Context(), "", "games", "complete", id); r.code != exitFailed || !strings.Contains(r.err, "GAME_COMPLETED") {
					t.Errorf("ended in another way: %+v", r)
				}
			}
		})

		t.Run("courts", func(t *testing.T) {
			var made struct{ ID string }
			if err := json.Unmarshal([]byte(leader.do(t, "courts", "add", "중앙 코트", "-o", "json")), &made); err != nil {
				t.Fatal(err)
			}
			want(t, leader.do(t, "courts", "update", made.ID, "--name", "센터", "--status", "maintenance"),
				"이름  센터", "상태  정비 중", "id    ID")
			if out := member.do(t, "courts"); !strings.Contains(out, "센터") {
				t.Errorf("got\n%s", out)
			}
			want(t, leader.do(t, "courts", "delete", made.ID), "코트를 삭제했습니다.")
			if out := member.do(t, "courts", "list", "-o", "jsonl"); strings.Contains(out, "센터") || !strings.Contains(out, `"status":"COURT_STATUS_AVAILABLE"`) {
				t.Errorf("got\n%s", out)
			}
			if r := leader.run(t.Context(), "", "courts", "update", made.ID, "--name", "x"); r.code != exitNotFound {
				t.Errorf("a court that is gone: %+v", r)
			}
		})

		t.Run("rooms", func(t *testing.T) {
			room := leader.room(t, "동배즐 전체")
			member.say(t, room, "안녕하세요")
			want(t, leader.do(t, "chat", "rooms"),
				"이름         종류  인원  안 읽음  마지막                            ID",
				"동배즐 전체  전체     3        1  2026-11-25 19:00 KST  안녕하세요  ID")
		})
	})
}
