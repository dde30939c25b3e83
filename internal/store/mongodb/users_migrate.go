package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dongbaejul/dongbaejul/internal/photos"
	"github.com/dongbaejul/dongbaejul/internal/uploads"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

// userMigrations are those of the people.
var userMigrations = []migration{{"users_erased", dropErasedNames}, {"avatar_files", convertAvatars}}

// dropErasedNames removes the names of erased users: clients show words of their own.
func dropErasedNames(ctx context.Context, s *Store) error {
	named := append(ofStatus(users.Withdrawn), bson.E{Key: "band_user_id", Value: ""}, bson.E{Key: "display_name", Value: bson.D{{Key: "$gt", Value: ""}}})
	return repeat(ctx, func() error {
		_, err := s.users.UpdateMany(ctx, named, append(changedBy(bson.NewObjectID()), set(bson.D{{Key: "display_name", Value: ""}})...))
		return err
	})
}

// convertAvatars stores the ids of the uploads that are avatars in the place of their URLs.
func convertAvatars(ctx context.Context, s *Store) error {
	return eachPage(ctx, s.users.Collection, bson.D{{Key: "avatar", Value: 1}}, func(d userDoc) string { return d.ID }, func(page []userDoc) error {
		var ids []string
		for _, d := range page {
			if id := photos.FileID(d.Avatar); id != "" {
				ids = append(ids, id)
			}
		}
		found, err := s.uploads.some(ctx, ids)
		if err != nil {
			return err
		}
		owners := make(map[string]string, len(found))
		for _, u := range found {
			if u.Purpose == string(uploads.Avatar) {
				owners[u.ID] = u.UserID
			}
		}
		for _, d := range page {
			id := photos.FileID(d.Avatar)
			if id == "" || owners[id] != d.ID {
				continue
			}
			// Another avatar may have been chosen since.
			present := append(byID(d.ID), bson.E{Key: "avatar", Value: d.Avatar})
			err := repeat(ctx, func() error {
				_, err := s.users.UpdateOne(ctx, present, append(changedBy(bson.NewObjectID()), set(bson.D{
					{Key: "avatar", Value: ""}, {Key: "avatar_file", Value: id},
				})...))
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
