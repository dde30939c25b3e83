package dongbaejul_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"time"

	dongbaejul "github.com/dongbaejul/dongbaejul/clients/go"
	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

func ExampleClient_SignIn() {
	club := newClub()
	defer club.close()
	ctx := context.Background()

	client, err := dongbaejul.New(club.URL)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	// On a real machine: browser.OpenURL of github.com/cli/browser.
	openBrowser := club.browser(0)
	signedIn, err := client.SignIn(ctx, "", openBrowser)
	if err != nil {
		log.Fatal(err)
	}
	profile, err := client.Users.GetProfile(ctx, &v1.GetProfileRequest{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(signedIn.GetUser().GetId() == profile.GetUser().GetId())
	// Output: true
}

func ExampleClient_Subscribe() {
	club := newClub()
	defer club.close()
	ctx := context.Background()
	leader, member := club.member(0), club.member(1)

	// The zero Cursors follow everything from now on.
	subscription := member.Subscribe(dongbaejul.Cursors{})
	for event, err := range subscription.Events(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		switch e := event.GetPayload().(type) {
		case *v1.Event_Hello:
			room, err := leader.Chat.CreateRoom(ctx, &v1.CreateRoomRequest{Name: "동배즐 전체", Type: v1.RoomType_ROOM_TYPE_GLOBAL})
			if err != nil {
				log.Fatal(err)
			}
			if _, err := leader.Chat.SendMessage(ctx, &v1.SendMessageRequest{
				RoomId: room.GetRoom().GetId(), TempId: "1", Content: "오늘 저녁 7시, 2번 코트!",
			}); err != nil {
				log.Fatal(err)
			}
		case *v1.Event_RoomJoined:
			fmt.Println("in", e.RoomJoined.GetRoom().GetName())
		case *v1.Event_Message:
			fmt.Println(e.Message.GetContent())
			return
		}
	}
	// Output:
	// in 동배즐 전체
	// 오늘 저녁 7시, 2번 코트!
}

// What a bot has handled is kept with its cursors: started again, after a crash too, it goes on from there.
func ExampleSubscription_Cursors() {
	club := newClub()
	defer club.close()
	ctx := context.Background()
	client := club.member(0)
	room, err := client.Chat.CreateRoom(ctx, &v1.CreateRoomRequest{Name: "운영진", Type: v1.RoomType_ROOM_TYPE_GROUP})
	if err != nil {
		log.Fatal(err)
	}
	for i := range 4 {
		if _, err := client.Chat.SendMessage(ctx, &v1.SendMessageRequest{
			RoomId: room.GetRoom().GetId(), TempId: fmt.Sprint(i), Content: fmt.Sprintf("메시지 %d", i),
		}); err != nil {
			log.Fatal(err)
		}
	}

	saved := []byte(fmt.Sprintf(`{"rooms": {%q: 0}}`, room.GetRoom().GetId()))
	for run := range 2 {
		var cursors dongbaejul.Cursors
		if err := json.Unmarshal(saved, &cursors); err != nil {
			log.Fatal(err)
		}
		subscription := client.Subscribe(cursors)
		handled := 0
		for event, err := range subscription.Events(ctx) {
			if err != nil {
				log.Fatal(err)
			}
			message := event.GetMessage()
			if message == nil {
				continue
			}
			fmt.Printf("run %d: %s\n", run, message.GetContent())
			if saved, err = json.Marshal(subscription.Cursors()); err != nil {
				log.Fatal(err)
			}
			if handled++; handled == 2 {
				break
			}
		}
	}
	// Output:
	// run 0: 메시지 0
	// run 0: 메시지 1
	// run 1: 메시지 2
	// run 1: 메시지 3
}

// A score board: each game whole, and then what changes of it.
func ExampleClient_WatchGames() {
	club := newClub()
	defer club.close()
	ctx := context.Background()
	client := club.member(0)
	game := createGame(club.example, client, "목요일 복식")

	for event, err := range client.WatchGames(&v1.WatchGamesRequest{GameIds: []string{game.GetId()}}).Events(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		switch e := event.GetPayload().(type) {
		case *v1.Event_GameSnapshot:
			fmt.Println(e.GameSnapshot.GetGame().GetTitle(), e.GameSnapshot.GetGame().GetStatus())
			if _, err := client.Games.JoinGame(ctx, &v1.JoinGameRequest{GameId: game.GetId()}); err != nil {
				log.Fatal(err)
			}
		case *v1.Event_ParticipantsChanged:
			fmt.Println("joined:", len(e.ParticipantsChanged.GetJoined()))
			return
		}
	}
	// Output:
	// 목요일 복식 GAME_STATUS_SCHEDULED
	// joined: 1
}

// A message is sent again until it is answered. Its temp_id, made once, keeps the server from storing it twice.
func ExampleClient_Retry() {
	club := newClub()
	defer club.close()
	client := club.member(0)
	room, err := client.Chat.CreateRoom(context.Background(), &v1.CreateRoomRequest{Name: "모임", Type: v1.RoomType_ROOM_TYPE_GROUP})
	if err != nil {
		log.Fatal(err)
	}

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	message := &v1.SendMessageRequest{RoomId: room.GetRoom().GetId(), TempId: "made when the user pressed send", Content: "안녕하세요"}
	err = client.Retry(ctx, func(ctx context.Context) error {
		_, err := client.Chat.SendMessage(ctx, message)
		return err
	})
	fmt.Println(err)
	// Output: <nil>
}

// A picture is uploaded, and then attached to a message by the id that it got.
func ExampleClient_Upload() {
	club := newClub()
	defer club.close()
	ctx := context.Background()
	client := club.member(0)
	path := club.picture("court.png")

	info, err := os.Stat(path)
	if err != nil {
		log.Fatal(err)
	}
	picture, err := client.Upload(ctx, dongbaejul.File{
		Purpose: v1.UploadPurpose_UPLOAD_PURPOSE_CHAT, Name: filepath.Base(path), ContentType: "image/png", Size: info.Size(),
		Open: func() (io.ReadCloser, error) { return os.Open(path) },
	})
	if problem := dongbaejul.Explain(err); problem.Is(v1.ErrorReason_ERROR_REASON_TOO_MANY_UPLOADS) {
		// Ten an hour: Upload does not wait for so long by itself.
		log.Fatal("try again in ", problem.RetryAfter)
	}
	if err != nil {
		log.Fatal(err)
	}
	room, err := client.Chat.CreateRoom(ctx, &v1.CreateRoomRequest{Name: "모임", Type: v1.RoomType_ROOM_TYPE_GROUP})
	if err != nil {
		log.Fatal(err)
	}
	sent, err := client.Chat.SendMessage(ctx, &v1.SendMessageRequest{
		RoomId: room.GetRoom().GetId(), TempId: "made when the user pressed send", Attachments: []string{picture.GetFileId()},
	})
	if err != nil {
		log.Fatal(err)
	}
	attached := sent.GetMessage().GetAttachments()[0]
	fmt.Println(attached.GetName(), attached.GetWidth(), attached.GetHeight())
	// Output: court.png 40 30
}

func ExampleExplain() {
	club := newClub()
	defer club.close()
	client := club.member(0)

	_, err := client.Chat.ListMessages(context.Background(), &v1.ListMessagesRequest{RoomId: "nowhere"})
	problem := dongbaejul.Explain(err)
	fmt.Println(problem.Code, problem.Reason, problem.Is(v1.ErrorReason_ERROR_REASON_ROOM_NOT_FOUND))
	fmt.Println(errors.Is(err, dongbaejul.ErrSignedOut), dongbaejul.Temporary(err))
	// Output:
	// not_found ROOM_NOT_FOUND true
	// false false
}
