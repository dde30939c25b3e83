package bandsync

import (
	"context"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
	"github.com/dongbaejul/dongbaejul/internal/fault"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/realtime"
)

// allowed returns the caller if they may sync.
func allowed(ctx context.Context) (identity.Caller, error) {
	caller, err := identity.From(ctx)
	if err == nil {
		err = caller.Require(identity.SyncBand)
	}
	return caller, err
}

// SyncBandMembers implements the RPC of UserService.
func (s *Service) SyncBandMembers(ctx context.Context, _ *v1.SyncBandMembersRequest) (*v1.SyncBandMembersResponse, error) {
	if _, err := allowed(ctx); err != nil {
		return nil, err
	}
	r, err := s.Start(ctx)
	if err != nil {
		return nil, err
	}
	return &v1.SyncBandMembersResponse{SyncedCount: int32(r.People), NewMembers: int32(r.New), UpdatedMembers: int32(r.Updated)}, nil
}

// SyncAlbums implements the RPC of PhotoService.
func (s *Service) SyncAlbums(ctx context.Context, _ *v1.SyncAlbumsRequest) (*v1.SyncAlbumsResponse, error) {
	if _, err := allowed(ctx); err != nil {
		return nil, err
	}
	r, err := s.Start(ctx)
	if err != nil {
		return nil, err
	}
	return &v1.SyncAlbumsResponse{AlbumsSynced: int32(r.Albums), PhotosSynced: int32(r.Photos), LastSync: timestamppb.New(r.EndedAt)}, nil
}

// Status returns how the sync stands, in the language of the caller.
func (s *Service) Status(ctx context.Context) (*v1.SyncStatus, error) {
	st, err := s.cfg.Store.BandSync(ctx)
	if err != nil {
		return nil, err
	}
	return s.status(ctx, st), nil
}

func (s *Service) status(ctx context.Context, st State) *v1.SyncStatus {
	out := &v1.SyncStatus{State: v1.SyncState_SYNC_STATE_SUCCEEDED}
	failure := st.Error
	switch now := s.now(); {
	case st.runs(now):
		out.State = v1.SyncState_SYNC_STATE_RUNNING
	case st.cutOff(now):
		out.State, failure = v1.SyncState_SYNC_STATE_FAILED, errInterrupted.Text
	case st.Reason != "":
		out.State = v1.SyncState_SYNC_STATE_FAILED
	case st.EndedAt.IsZero():
		out.State = v1.SyncState_SYNC_STATE_NEVER
	}
	if out.LastError = failure.Ko; readsEnglish(ctx) {
		out.LastError = failure.En
	}
	if !st.EndedAt.IsZero() {
		out.LastSync = timestamppb.New(st.EndedAt)
	}
	return out
}

// readsEnglish reports whether the caller asked for English.
func readsEnglish(ctx context.Context) bool {
	call, ok := connect.CallInfoForHandlerContext(ctx)
	return ok && fault.English(call.RequestHeader())
}

// WatchSync implements the stream of PhotoService: how the sync stands, and each change of that.
func (s *Service) WatchSync(ctx context.Context, _ *v1.WatchSyncRequest, stream *connect.ServerStream[v1.WatchSyncResponse]) error {
	caller, err := allowed(ctx)
	if err != nil {
		return err
	}
	return s.cfg.Streams.Serve(ctx, stream.Conn(), "", &watch{Service: s, caller: caller})
}

// watch is the stream of one caller.
type watch struct {
	*Service
	caller identity.Caller
	// seen is the version that was sent last.
	seen int64
}

var stepToProto = map[Step]v1.SyncStep{
	Members: v1.SyncStep_SYNC_STEP_MEMBERS, Posts: v1.SyncStep_SYNC_STEP_POSTS, Albums: v1.SyncStep_SYNC_STEP_ALBUMS,
	Photos: v1.SyncStep_SYNC_STEP_PHOTOS, Done: v1.SyncStep_SYNC_STEP_DONE,
}

func (w *watch) Open(ctx context.Context, r *realtime.Reader) (*v1.Heads, []*realtime.Event, error) {
	w.cfg.Bus.Follow(r, realtime.User(w.caller.UserID), realtime.BandSync)
	w.seen = -1
	return w.Sync(ctx, r)
}

// Sync sends the state if it is another one than was sent before: also if it only is one since nothing was heard of a pass.
func (w *watch) Sync(ctx context.Context, _ *realtime.Reader) (*v1.Heads, []*realtime.Event, error) {
	st, err := w.cfg.Store.BandSync(ctx)
	if err != nil || st.Version == w.seen {
		return &v1.Heads{}, nil, err
	}
	w.seen = st.Version
	progress := &v1.SyncProgress{
		Step: stepToProto[st.Step], Done: int32(st.Done), Total: int32(st.Total), Status: w.status(ctx, st),
	}
	return &v1.Heads{}, []*realtime.Event{realtime.NewSyncEvent(&v1.SyncEvent{
		Payload: &v1.SyncEvent_Progress{Progress: progress},
	})}, nil
}

func (w *watch) Lost(ctx context.Context, _ realtime.Topic) ([]*realtime.Event, error) {
	_, events, err := w.Sync(ctx, nil)
	return events, err
}

func (w *watch) Check(ctx context.Context) error {
	return w.cfg.Access.Check(ctx, w.caller)
}

func (*watch) Close() {}
