package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dongbaejul/dongbaejul/internal/users"
)

// userMigrations are those of the people.
var userMigrations = []migration{{"users_erased", dropErasedNames}}

// dropErasedNames removes the names of erased users: clients show words of their own.
func dropErasedNames(ctx context.Context, s *Store) error {
	named := append(ofStatus(users.Withdrawn), bson.E{Key: "band_user_id", Value: ""}, bson.E{Key: "display_name", Value: bson.D{{Key: "$gt", Value: ""}}})
	return repeat(ctx, func() error {
		_, err := s.users.UpdateMany(ctx, named, append(changedBy(bson.NewObjectID()), set(bson.D{{Key: "display_name", Value: ""}})...))
		return err
	})
}
