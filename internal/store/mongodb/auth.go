package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dongbaejul/dongbaejul/internal/auth"
)

var authIndexes = []index{
	{collection: "logins", name: "logins_expiring", keys: bson.D{{Key: "expires_at", Value: 1}}},
	{collection: "logins", name: "logins_forgotten", keys: bson.D{{Key: "forget_at", Value: 1}}, expires: true},
	{collection: "sessions", name: "sessions_of_user", keys: bson.D{
		{Key: "user_id", Value: 1}, {Key: "revoked_at", Value: 1}, {Key: "last_used_at", Value: -1}, {Key: "_id", Value: -1},
	}},
	{collection: "sessions", name: "sessions_expiring", keys: bson.D{{Key: "expires_at", Value: 1}}},
	{collection: "sessions", name: "sessions_revoked", keys: bson.D{{Key: "revoked_at", Value: 1}},
		where: bson.D{{Key: "revoked_at", Value: bson.D{{Key: "$gt", Value: int64(0)}}}}},
	{collection: "sessions", name: "sessions_forgotten", keys: bson.D{{Key: "forget_at", Value: 1}}, expires: true},
}

// loginDoc is a login under its StateHash.
type loginDoc struct {
	Head        `bson:",inline"`
	RedirectURI string    `bson:"redirect_uri"`
	ExpiresAt   int64     `bson:"expires_at"`
	ForgetAt    time.Time `bson:"forget_at"`
}

// sessionDoc is a session.
type sessionDoc struct {
	Head         `bson:",inline"`
	UserID       string    `bson:"user_id"`
	Device       string    `bson:"device"`
	IP           string    `bson:"ip"`
	Generation   int64     `bson:"generation"`
	Nonce        string    `bson:"nonce"`
	TokenHash    string    `bson:"token_hash"`
	PreviousHash string    `bson:"previous_hash"`
	CreatedAt    int64     `bson:"created_at"`
	LastUsedAt   int64     `bson:"last_used_at"`
	ExpiresAt    int64     `bson:"expires_at"`
	RevokedAt    int64     `bson:"revoked_at"`
	ForgetAt     time.Time `bson:"forget_at"`
}

// bandTokenDoc is a user's sealed Band token, under the user's ID.
type bandTokenDoc struct {
	Sealed []byte `bson:"sealed"`
}

func (d sessionDoc) session() auth.Session {
	return auth.Session{
		ID: d.ID, UserID: d.UserID, Device: d.Device, IP: d.IP, Generation: d.Generation, Nonce: d.Nonce, TokenHash: d.TokenHash,
		PreviousHash: d.PreviousHash, CreatedAt: fromMicros(d.CreatedAt), LastUsedAt: fromMicros(d.LastUsedAt),
		ExpiresAt: fromMicros(d.ExpiresAt), RevokedAt: fromMicros(d.RevokedAt),
	}
}

func sessionDocOf(s auth.Session) sessionDoc {
	return sessionDoc{
		Head: Head{ID: s.ID}, UserID: s.UserID, Device: s.Device, IP: s.IP, Generation: s.Generation, Nonce: s.Nonce,
		TokenHash: s.TokenHash, PreviousHash: s.PreviousHash, CreatedAt: toMicros(s.CreatedAt), LastUsedAt: toMicros(s.LastUsedAt),
		ExpiresAt: toMicros(s.ExpiresAt), RevokedAt: toMicros(s.RevokedAt), ForgetAt: forgetAt(s.ExpiresAt),
	}
}

// CreateLogin implements auth.Store.
func (s *Store) CreateLogin(ctx context.Context, l auth.Login) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	return existing(s.logins.insert(ctx, &loginDoc{
		Head: Head{ID: l.StateHash}, RedirectURI: l.RedirectURI, ExpiresAt: toMicros(l.ExpiresAt), ForgetAt: forgetAt(l.ExpiresAt),
	}))
}

// TakeLogin implements auth.Store. Where its answer is lost, so is the login, and the person begins again.
func (s *Store) TakeLogin(ctx context.Context, stateHash string, now time.Time) (_ auth.Login, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := single[loginDoc](s.logins.FindOneAndDelete(ctx, bson.D{
		{Key: "_id", Value: stateHash}, {Key: "expires_at", Value: bson.D{{Key: "$gt", Value: toMicros(now)}}},
	}))
	if err != nil {
		return auth.Login{}, err
	}
	return auth.Login{StateHash: d.ID, RedirectURI: d.RedirectURI, ExpiresAt: fromMicros(d.ExpiresAt)}, nil
}

// CreateSession implements auth.Store.
func (s *Store) CreateSession(ctx context.Context, session auth.Session) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d := sessionDocOf(session)
	return existing(s.sessions.insert(ctx, &d))
}

// Session implements auth.Store.
func (s *Store) Session(ctx context.Context, id string) (_ auth.Session, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := s.sessions.get(ctx, id)
	return d.session(), err
}

// UpdateSession implements auth.Store.
func (s *Store) UpdateSession(ctx context.Context, id string, f func(*auth.Session) error) (_ auth.Session, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := s.sessions.change(ctx, id, func(d *sessionDoc) error {
		session := d.session()
		if err := f(&session); err != nil {
			return err
		}
		session.ID, session.UserID = d.ID, d.UserID
		*d = sessionDocOf(session)
		return nil
	})
	return d.session(), err
}

// Sessions implements auth.Store.
func (s *Store) Sessions(ctx context.Context, userID string, now time.Time) (_ []auth.Session, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	found, err := list[sessionDoc](ctx, s.sessions.Collection, live(userID, now),
		options.Find().SetSort(bson.D{{Key: "last_used_at", Value: -1}, {Key: "_id", Value: -1}}))
	return convert(found, sessionDoc.session), err
}

// live is the filter of a user's sessions that go on.
func live(userID string, now time.Time) bson.D {
	return bson.D{
		{Key: "user_id", Value: userID}, {Key: "revoked_at", Value: int64(0)},
		{Key: "expires_at", Value: bson.D{{Key: "$gt", Value: toMicros(now)}}},
	}
}

// RevokeSessions implements auth.Store. Each session is revoked for itself; what an earlier try has revoked carries its mark.
func (s *Store) RevokeSessions(ctx context.Context, userID string, now time.Time) (_ []string, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	mark := bson.NewObjectID()
	err = repeat(ctx, func() error {
		_, err := s.sessions.UpdateMany(ctx, live(userID, now), append(changedBy(mark), set(bson.D{{Key: "revoked_at", Value: toMicros(now)}})...))
		return err
	})
	if err != nil {
		return nil, err
	}
	revoked, err := list[sessionDoc](ctx, s.sessions.Collection, bson.D{
		{Key: "user_id", Value: userID}, {Key: "revoked_at", Value: toMicros(now)}, {Key: "marks", Value: mark},
	})
	return convert(revoked, func(d sessionDoc) string { return d.ID }), err
}

// DeleteSessions implements auth.Store.
func (s *Store) DeleteSessions(ctx context.Context, userID string) (n int, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	return deleteAll(ctx, s.sessions.Collection, ofUser(userID))
}

// SaveBandToken implements auth.Store.
func (s *Store) SaveBandToken(ctx context.Context, userID string, sealed []byte) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	return put(ctx, s.bandTokens, userID, bandTokenDoc{Sealed: sealed})
}

// DeleteBandToken implements auth.Store.
func (s *Store) DeleteBandToken(ctx context.Context, userID string) (err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	return repeat(ctx, func() error {
		_, err := s.bandTokens.DeleteOne(ctx, byID(userID))
		return err
	})
}

// BandToken implements auth.Store.
func (s *Store) BandToken(ctx context.Context, userID string) (_ []byte, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	d, err := one[bandTokenDoc](ctx, s.bandTokens, byID(userID))
	return d.Sealed, err
}

// DeleteDead implements auth.Store. How many rows went of which the answer was lost, is not told.
func (s *Store) DeleteDead(ctx context.Context, before time.Time) (rows int, err error) {
	ctx, end := s.beginLong(ctx, &err)
	defer end()
	over := bson.D{{Key: "$lt", Value: toMicros(before)}}
	for _, dead := range []struct {
		c      *Collection
		filter bson.D
	}{
		{s.logins.Collection, bson.D{{Key: "expires_at", Value: over}}},
		{s.sessions.Collection, bson.D{{Key: "expires_at", Value: over}}},
		{s.sessions.Collection, bson.D{{Key: "revoked_at", Value: append(over, bson.E{Key: "$gt", Value: int64(0)})}}},
	} {
		n, err := deleteAll(ctx, dead.c, dead.filter)
		if err != nil {
			return 0, err
		}
		rows += n
	}
	return rows, nil
}
