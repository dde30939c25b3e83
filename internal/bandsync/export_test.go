package bandsync

// FreshFor is freshFor.
const FreshFor = freshFor

// The ids of copies.
var (
	PostID    = postID
	CommentID = commentID
	AlbumID   = albumID
	PhotoID   = photoID
)
