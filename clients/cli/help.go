package main

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// langOf returns the language for what is said before the command line is read: help, and what is wrong with it.
func langOf(args, environ []string) lang {
	var f flags
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if value, ok := strings.CutPrefix(arg, "--lang="); ok {
			f.lang = value
		} else if arg == "--lang" && i+1 < len(args) {
			f.lang = args[i+1]
		}
	}
	if _, err := parseLang(f.lang); err != nil {
		f.lang = ""
	}
	c, err := loadConfig(environ, f)
	if err != nil {
		return cmp.Or(lang(f.lang), korean)
	}
	return c.lang
}

// translate puts the help of a command, and of those below it, into Korean.
func translate(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	root.SetUsageTemplate(koreanHeadings.Replace(root.UsageTemplate()))
	root.SetVersionTemplate(koreanHeadings.Replace(root.VersionTemplate()))
	translateCommand(root)
}

func translateCommand(c *cobra.Command) {
	c.InitDefaultHelpFlag()
	c.Short = inKorean(c.Short)
	if c.Long != "" {
		c.Long = cmp.Or(koreanHelp[c.Long], c.Short)
	}
	c.Example = strings.ReplaceAll(c.Example, "# by initial consonants: 김민수", "# 초성으로: 김민수")
	translateFlag := func(f *pflag.Flag) {
		f.Usage = inKorean(f.Usage)
		if _, isHelp := strings.CutPrefix(f.Usage, "help for "); isHelp {
			f.Usage = "도움말"
		}
		if f.DefValue != "" && f.DefValue != "0" && f.DefValue != "0s" && f.DefValue != "false" && f.DefValue != "[]" && !strings.Contains(f.Usage, "기본") {
			f.Usage += " (기본 " + f.DefValue + ")"
		}
		// What is usual is said in the text, not by pflag.
		f.DefValue = zeroOf(f)
	}
	c.PersistentFlags().VisitAll(translateFlag)
	c.Flags().VisitAll(translateFlag)
	for _, sub := range c.Commands() {
		translateCommand(sub)
	}
}

// zeroOf is the default of a flag that pflag does not print.
func zeroOf(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "bool":
		return "false"
	case "string":
		return ""
	case "stringSlice":
		return "[]"
	}
	return "0"
}

func inKorean(s string) string { return cmp.Or(koreanHelp[s], s) }

// koreanMistake says in Korean what is wrong with a command line, of which cobra speaks English.
func koreanMistake(message string) string {
	for _, m := range koreanMistakes {
		if m.english.MatchString(message) {
			return m.english.ReplaceAllString(message, m.ko)
		}
	}
	return message
}

var koreanMistakes = []struct {
	english *regexp.Regexp
	ko      string
}{
	{regexp.MustCompile(`(?s)^unknown command (".*?") for (".*?")\n\nDid you mean this\?\n(.*)$`), "${2}에 ${1} 명령이 없습니다.\n\n혹시 이것인가요?\n${3}"},
	{regexp.MustCompile(`(?s)^unknown command (".*?") for (".*?").*$`), "${2}에 ${1} 명령이 없습니다."},
	{regexp.MustCompile(`(?s)^unknown flag: (.*)$`), "없는 옵션입니다: ${1}"},
	{regexp.MustCompile(`(?s)^unknown shorthand flag: (.*) in (.*)$`), "없는 옵션입니다: ${2}의 ${1}"},
	{regexp.MustCompile(`(?s)^bad flag syntax: (.*)$`), "옵션의 형식이 아닙니다: ${1}"},
	{regexp.MustCompile(`(?s)^flag needs an argument: (.*)$`), "옵션에 값이 있어야 합니다: ${1}"},
	{regexp.MustCompile(`(?s)^invalid argument (".*") for "(.*)" flag: (?:.*)$`), "${2}에 쓸 수 없는 값입니다: ${1}"},
	{regexp.MustCompile(`^accepts (\d+) arg\(s\), received (\d+)$`), "인수가 ${1}개여야 하는데 ${2}개입니다."},
	{regexp.MustCompile(`^accepts at most (\d+) arg\(s\), received (\d+)$`), "인수는 ${1}개까지인데 ${2}개입니다."},
	{regexp.MustCompile(`^accepts between (\d+) and (\d+) arg\(s\), received (\d+)$`), "인수가 ${1}개에서 ${2}개여야 하는데 ${3}개입니다."},
	{regexp.MustCompile(`^requires at least (\d+) arg\(s\), only received (\d+)$`), "인수가 ${1}개 이상이어야 하는데 ${2}개입니다."},
	{regexp.MustCompile(`^required flag\(s\) (.*) not set$`), "이 옵션이 있어야 합니다: ${1}"},
	{regexp.MustCompile(`^at least one of the flags in the group \[(.*)\] is required$`), "이 옵션 중 하나는 있어야 합니다: ${1}"},
	{regexp.MustCompile(`^if any flags in the group \[(.*)\] are set none of the others can be; \[.*\] were all set$`), "이 옵션은 함께 쓸 수 없습니다: ${1}"},
	{regexp.MustCompile(`(?s)^--lang (".*"): .*$`), "--lang ${1}: ko나 en이어야 합니다."},
	{regexp.MustCompile(`(?s)^--output (".*"): .*$`), "--output ${1}: table, json, jsonl 중 하나여야 합니다."},
	{regexp.MustCompile(`(?s)^the environment: (.*)$`), "환경 변수가 잘못되었습니다: ${1}"},
	{regexp.MustCompile(`(?s)^read the configuration in (.*?): (.*)$`), "설정 파일 ${1}을(를) 읽을 수 없습니다: ${2}"},
}

var koreanHeadings = strings.NewReplacer(
	"Usage:", "사용법:", "Aliases:", "다른 이름:", "Examples:", "예:", "Available Commands:", "명령:", "Additional Commands:", "그 밖의 명령:",
	"Global Flags:", "공통 옵션:", "Additional help topics:", "그 밖의 도움말:", "Flags:", "옵션:",
	`Use "{{.CommandPath}} [command] --help" for more information about a command.`, `명령마다 "{{.CommandPath}} [command] --help"로 더 볼 수 있습니다.`,
	"version {{", "버전 {{",
)

// koreanHelp is the help of the commands and flags, by the English one.
var koreanHelp = map[string]string{
	"The club on a command line": "명령줄에서 쓰는 클럽",
	`dbj is the club's app on a command line: members, the notice board, games and chat.

Settings come from flags, then from DBJ_SERVER, DBJ_OUTPUT, DBJ_LANG and DBJ_WAIT, then (but for the wait) from config.json in
$XDG_CONFIG_HOME/dongbaejul, where the tokens are kept as well.`: `dbj는 클럽 앱이 하는 일을 명령줄에서 합니다: 회원, 게시판, 경기, 채팅.

옵션이 없으면 DBJ_SERVER, DBJ_OUTPUT, DBJ_LANG, DBJ_WAIT를, 그것도 없으면 (기다리는 시간 말고는) $XDG_CONFIG_HOME/dongbaejul의
config.json을 따릅니다. 로그인 정보도 그곳에 둡니다.`,
	"the server's address (default: where you last signed in)":         "서버 주소 (기본: 마지막으로 로그인한 서버)",
	"table, json or jsonl (default table)":                             "table, json, jsonl (기본 table)",
	"ko or en (default: from the locale)":                              "ko나 en (기본: 로캘의 언어)",
	"how long to wait for a server that does not answer (default 30s)": "응답하지 않는 서버를 기다리는 시간 (기본 30s)",
	"version for dbj":        "버전",
	"Help about any command": "명령의 도움말",
	"Generate the autocompletion script for the specified shell":      "셸의 자동 완성 스크립트 출력",
	"Generate the autocompletion script for bash":                     "bash 자동 완성: source <(dbj completion bash)",
	"Generate the autocompletion script for zsh":                      "zsh 자동 완성: source <(dbj completion zsh)",
	"Generate the autocompletion script for fish":                     "fish 자동 완성: dbj completion fish | source",
	"Generate the autocompletion script for powershell":               "PowerShell 자동 완성: dbj completion powershell | Out-String | Invoke-Expression",
	"disable completion descriptions":                                 "설명 없이",
	"Read and write in chat rooms":                                    "채팅방에서 읽고 쓰기",
	"List your rooms, the last active first":                          "내 채팅방 목록, 최근 대화부터",
	"Send a message to a room":                                        "채팅방에 메시지 보내기",
	"the message's key: a second message with it is not sent":         "메시지의 키: 같은 키로는 다시 보내지 않음",
	"id of the message that this one answers":                         "답장할 메시지의 id",
	"Show the last messages of a room, and follow new ones":           "채팅방의 최근 메시지와 새로 오는 메시지 보기",
	"start with everything after this seq, instead of --lines":        "--lines 대신, 이 seq 뒤의 모든 것부터",
	"follow new messages; --follow=false stops after those there are": "새로 오는 것도 계속 보기; --follow=false면 지금 있는 것까지",
	"how many messages to show first; -1 for all":                     "먼저 보여 줄 메시지 수; -1이면 모두",
	"See the courts, or change them as a manager":                     "코트 보기, 운영진은 바꾸기",
	"Add a court": "코트 추가",
	"Delete a court that nobody plays on; games keep its name":                "비어 있는 코트 삭제; 경기에는 이름이 남음",
	"List the courts, with the game on each":                                  "코트 목록과 진행 중인 경기",
	"Rename a court, or take it out of use":                                   "코트 이름을 바꾸거나 정비 중으로 두기",
	"its new name":                                                            "새 이름",
	"Exit codes of dbj":                                                       "dbj의 종료 코드",
	"Write everything you may see of the club as JSON lines":                  "볼 수 있는 클럽의 모든 것을 JSON 줄로 내보내기",
	"only some of members, posts, courts, games, chat, notifications, albums": "members, posts, courts, games, chat, notifications, albums 중 일부만",
	"also load the pictures into this folder":                                 "사진도 이 폴더에 받기",
	"List the albums of the club's Band":                                      "클럽 밴드의 앨범 목록",
	"List the photos of an album, the newest first":                           "앨범의 사진 목록, 최신 사진부터",
	"List the photos of an album, or hide one":                                "앨범의 사진 목록, 사진 숨기기",
	"Hide a photo, such as one that you are in, or show it again":             "내가 나온 사진 등을 숨기거나 다시 보이기",
	"show it again": "다시 보이기",
	"only those that were hidden: for managers":                                                   "숨긴 사진만: 운영진용",
	"Sync with Naver Band now, as an admin":                                                       "지금 네이버 밴드와 동기화 (회장)",
	"show how far it is, also of one that runs already":                                           "진행 상황 보기, 이미 하고 있는 동기화도",
	"Upload pictures, for posts, messages or your profile":                                        "글, 메시지, 프로필에 쓸 사진 올리기",
	"what they are for: avatar, post, chat":                                                       "쓸 곳: avatar, post, chat",
	"ids of pictures of dbj upload --purpose chat":                                                "dbj upload --purpose chat으로 올린 사진의 id",
	"See games, sign up for them, leave, or end them":                                             "경기 보기, 참가, 취소, 끝내기",
	"only games that were started on this court":                                                  "이 코트에서 시작한 경기만",
	"from this day in the club's time zone, such as 2026-11-25, or from an RFC 3339 time":         "클럽 시각으로 이날부터 (예: 2026-11-25), 또는 RFC 3339 시각부터",
	"how many to show at most; 0 for all":                                                         "보여 줄 최대 개수; 0이면 모두",
	"only games you play in or wait for":                                                          "내가 참가하거나 대기하는 경기만",
	"up to and including this day, or before an RFC 3339 time":                                    "이날까지, 또는 RFC 3339 시각 전까지",
	"End a game by its sets, or early":                                                            "경기 끝내기: 세트 결과로, 또는 그 전에",
	"broken off, with no winner":                                                                  "승자 없이 중단",
	"the best player, by name or id":                                                              "MVP의 이름이나 id",
	"one side gave up; needs --winner":                                                            "기권; --winner가 있어야 함",
	"one side won without a match; needs --winner":                                                "부전승; --winner가 있어야 함",
	"Sign up for a game, or for its waiting list":                                                 "경기 참가 또는 대기 신청",
	"Leave a game, or its waiting list":                                                           "경기나 대기자 명단에서 빠지기",
	"List games, upcoming first":                                                                  "경기 목록, 예정된 경기부터",
	"Show a game":                                                                                 "경기 보기",
	"Sign in with Naver Band":                                                                     "네이버 밴드로 로그인",
	"only print the page's address":                                                               "브라우저를 열지 않고 주소만 출력",
	"the address on this machine that the browser returns to":                                     "브라우저가 돌아올 이 컴퓨터의 주소",
	"sign in as this member of a simulated Band, without a browser; keys are at /bandsim/members": "브라우저 없이 밴드 시뮬레이터의 이 회원으로 로그인; 키는 서버의 /bandsim/members에 있음",
	"Sign out, and forget the tokens":                                                             "로그아웃하고 토큰 지우기",
	"end every session of yours, not only this one":                                               "내 모든 기기에서 로그아웃",
	"List the members":                                                                            "회원 목록",
	"part of a name, or initial consonants":                                                       "이름의 일부나 초성",
	"active, suspended or withdrawn: only admins see others than active":                          "active, suspended, withdrawn; active가 아닌 회원은 회장만",
	"Read the notice board":                                                                       "게시판 읽기",
	"only pinned posts":                                                                           "고정한 글만",
	"any part of title or content":                                                                "제목이나 내용의 일부",
	"List posts, the pinned and then the newest first":                                            "글 목록, 고정한 글과 최신 글부터",
	"Show a post with its comments; it counts as read":                                            "글과 댓글 보기; 읽은 것으로 표시됨",
	"Follow events live":                                                                          "실시간으로 보기",
	"Follow games and their scores, live":                                                         "경기와 점수를 실시간으로 보기",
	"a line per event, on a terminal too":                                                         "터미널에서도 일어난 일마다 한 줄",
	"only games that are scheduled, ongoing, completed, cancelled":                                "scheduled, ongoing, completed, cancelled 중 하나인 경기만",
	"Show who is signed in, and what they may do":                                                 "로그인한 사람과 권한 보기",

	sendHelp: `채팅방에 메시지를 보냅니다. 방은 id, id의 앞부분, 이름으로 정합니다. -이면 표준 입력에서 읽습니다.

응답을 받을 때까지 같은 키로 다시 보내므로 한 번만 도착합니다. 같은 메시지로 두 번 실행될 수 있는 스크립트는 --key로 키를 정하세요.`,
	tailHelp: `채팅방의 최근 메시지를 보여 주고, 멈출 때까지 새로 오는 것을 보여 줍니다. 연결이 끊기거나 서버가 다시 시작해도 빠지거나 겹치는 것이 없습니다.

-o jsonl이면 줄마다 seq가 있는 이벤트 하나입니다. 마지막 seq를 저장한 스크립트는 --after로 이어 받습니다.`,
	exitHelp: `dbj의 종료 코드

    0  시킨 일을 마침
    1  실패함 (예: 서버가 거절함)
    2  명령줄이 잘못됨
    3  로그인하지 않았거나 만료됨: dbj login
    4  권한이 없음
    5  없거나 볼 수 없음
    6  서버에 연결할 수 없음
    7  마쳤지만 빠진 것이 있음 (예: 내보내기에서 받지 못한 사진)
  130  중단됨`,
	exportHelp: `회원이 볼 수 있는 클럽의 모든 것을 JSON 줄로 파일이나 표준 출력에 씁니다: 회원, 글과 댓글, 코트, 경기, 채팅방과 메시지와 들고 난 사람, 내 알림, 앨범과
사진.

줄마다 키가 하나인 객체이고 키가 종류를 말합니다: {"member": …}, {"post": …}, {"comment": …}, {"court": …}, {"game": …}, {"room": …},
{"message": …}, {"member_joined": …}, {"member_left": …}, {"notification": …}, {"album": …}, {"photo": …}. 첫 줄 {"export": …}는 누구의 것인지, 마지막 줄 {"end": …}는
종류마다 몇 개인지 말합니다. 마지막 줄이 없는 파일은 끝까지 쓰인 것이 아닙니다.

파일은 모두 쓴 뒤에 바뀌고, 중단하면 처음부터 다시 합니다. 메시지가 많아도 메모리는 늘지 않습니다. 서버가 요청 수를 제한하면 기다립니다.

--pictures를 쓰면 글, 메시지, 앨범의 사진도 폴더에 받습니다. 파일 이름은 사진 주소에 있는 id입니다. 이미 있는 사진은 다시 받지 않습니다.
응답이 없는 사진은 1분 동안, 또는 --wait만큼 다시 시도합니다. 빠진 사진이 있어도 파일은 쓰고, 마지막에 서버에서 지워진 것까지 빠진 사진을
모두 알려 주고 7로 끝납니다. 같은 명령을 다시 실행하면 빠진 사진만 받습니다.`,
	syncHelp: `클럽의 네이버 밴드에서 새로운 것을 가져옵니다: 회원, 글과 댓글, 앨범, 사진. 끝날 때까지 기다리며, --watch는 진행 상황을 보여 줍니다. 중단해도
동기화는 계속됩니다. 서버는 스스로도 동기화합니다.`,
	hideHelp: `사진을 앱의 앨범과 글에서 모두에게 숨깁니다. PHOTO는 dbj photos list에 나오는 id입니다. 누구나 하루에 50장까지 숨길 수 있고, 숨긴 사람과
올린 사람, 운영진은 --show로 다시 보이게 할 수 있습니다. 밴드와 동기화해도 숨긴 채로 있고, 밴드의 사진은 그대로입니다.`,
	uploadHelp: `사진을 올리고 id와 주소를 보여 줍니다. 글과 메시지에는 id로 붙입니다. 찍은 장소는 서버가 지웁니다. JPEG, PNG, WebP, GIF를 한 장에
10MiB까지, 한 시간에 10장까지 올릴 수 있습니다. 쓰지 않은 사진은 하루 뒤에 지워집니다.`,
	watchHelp: `말한 경기, 또는 예정되었거나 진행 중인 모든 경기를 봅니다. 터미널에서는 다시 그리는 표로, 다른 곳에서는 일어난 일마다 한 줄로 보여 줍니다.
연결이 끊기거나 서버가 다시 시작해도 멈출 때까지 계속합니다.`,
	loginHelp: `네이버 밴드로 로그인합니다. 브라우저에서 밴드의 페이지가 열리고 이 컴퓨터의 포트로 돌아옵니다.

개발 서버는 어느 포트든 받습니다. 운영 서버는 AUTH_REDIRECT_URIS에 있는 주소만 받으므로 그중 하나를 --redirect-uri로 정하세요.
예: http://127.0.0.1:8765/callback

토큰은 설정 폴더에 나만 읽을 수 있게 두고 저절로 갱신합니다.

개발 서버에는 밴드 시뮬레이터가 있어서 누구나 브라우저 없이 어느 회원으로든 로그인할 수 있습니다. --user-key에 그 회원의 user_key를 쓰세요.
시뮬레이터의 회원과 키는 서버의 /bandsim/members에 있습니다. 예: http://localhost:3000/bandsim/members`,
}
