package bandsync

import "context"

// Due is Service.due.
func (s *Service) Due(ctx context.Context) bool { return s.due(ctx) }

// FreshFor is freshFor.
const FreshFor = freshFor

// The ids of copies.
var (
	PostID    = postID
	CommentID = commentID
	AlbumID   = albumID
	PhotoID   = photoID
)
