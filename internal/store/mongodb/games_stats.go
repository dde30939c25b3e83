package mongodb

import (
	"context"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/dongbaejul/dongbaejul/internal/users"
)

// Stats implements users.Store. What is counted at different places may differ by what is written in between.
func (s *Store) Stats(ctx context.Context, id string) (_ users.Stats, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	l, err := s.books.ask(ctx, false)
	if err != nil {
		return users.Stats{}, err
	}
	of := l.now.stats[id]
	stats := users.Stats{
		GamesPlayed: of.GamesPlayed, Wins: of.Wins, Losses: of.Losses, MVPs: of.MVPs, PointsFor: of.PointsFor,
		PointsAgainst: of.PointsAgainst, Rating: l.now.rating(id), LastPlayedAt: of.LastPlayedAt,
	}
	counts, err := aggregate[struct {
		Joined int `bson:"joined"`
		Posts  int `bson:"posts"`
		// Of comments.
		PostID  string `bson:"_id"`
		Written int    `bson:"n"`
	}](ctx, s.games.Collection, with(with(
		mongo.Pipeline{match(bson.D{{Key: "joined", Value: id}}), {{Key: "$count", Value: "joined"}}},
		"posts", mongo.Pipeline{match(bson.D{{Key: "author", Value: id}, there}), {{Key: "$count", Value: "posts"}}}),
		"comments", writtenBy(id)))
	if err != nil {
		return users.Stats{}, err
	}
	written := make(map[string]int)
	for _, n := range counts {
		stats.GamesJoined += n.Joined
		stats.Posts += n.Posts
		if n.PostID != "" {
			written[n.PostID] = n.Written
		}
	}
	// Comments go with their posts, but later.
	alive, err := s.alivePosts(ctx, slices.Collect(maps.Keys(written)))
	for postID := range alive {
		stats.Comments += written[postID]
	}
	return stats, err
}

// Ratings implements games.Store.
func (s *Store) Ratings(ctx context.Context, userIDs []string) (_ map[string]int, err error) {
	ctx, end := s.begin(ctx, &err)
	defer end()
	l, err := s.books.ask(ctx, false)
	if err != nil {
		return nil, err
	}
	ratings := make(map[string]int, len(userIDs))
	for _, id := range userIDs {
		ratings[id] = l.now.rating(id)
	}
	return ratings, nil
}

// RebuildStats implements games.Store.
func (s *Store) RebuildStats(ctx context.Context) (err error) {
	ctx, end := s.beginLong(ctx, &err)
	defer end()
	_, err = s.books.ask(ctx, true)
	return err
}
