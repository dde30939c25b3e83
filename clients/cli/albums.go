package main

import (
	"context"

	"github.com/spf13/cobra"

	v1 "github.com/dongbaejul/dongbaejul/gen/dongbaejul/v1"
)

func (d *dbj) albums() *cobra.Command {
	c := &cobra.Command{Use: "albums", Short: "List the albums of the club's Band", Args: cobra.NoArgs}
	limit := limitFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		albums, _, err := collect(c.Context(), *limit, d.albumPages())
		if err != nil {
			return err
		}
		text := d.lang.text
		return list(&d.printer, &v1.ListAlbumsResponse{Albums: albums}, albums,
			row{text("이름", "name"), text("사진", "photos"), text("만든 이", "owner"), text("날짜", "date"), "id"},
			func(a *v1.Album) row {
				return row{a.GetName(), a.GetPhotoCount(), a.GetOwner(), when(a.GetCreatedAt()), a.GetId()}
			})
	}
	return c
}

// photos lists those of an album by itself too. An album that is called as one of its commands is listed by `photos list`.
func (d *dbj) photos() *cobra.Command {
	c := d.listPhotos()
	c.Use, c.Short = "photos ALBUM", "List the photos of an album, or hide one"
	c.AddCommand(d.listPhotos(), d.hidePhoto())
	return c
}

func (d *dbj) listPhotos() *cobra.Command {
	var hidden bool
	c := &cobra.Command{
		Use: "list ALBUM", Short: "List the photos of an album, the newest first", Args: cobra.ExactArgs(1),
		Example: `  dbj photos list 정기전 -n 0 -o jsonl | jq -r .url | xargs -n 1 curl -O`,
		ValidArgsFunction: d.offered(func(ctx context.Context, _ []string) ([]named, error) {
			return d.namedAlbums(ctx, pageSize)
		}),
	}
	limit := limitFlag(c)
	c.Flags().BoolVar(&hidden, "hidden", false, "only those that were hidden: for managers")
	c.RunE = d.byID(d.albumID, func(c *cobra.Command, id string) error {
		req := &v1.ListAlbumPhotosRequest{AlbumId: id}
		if hidden {
			req.Hidden = &hidden
		}
		photos, info, err := collect(c.Context(), *limit, d.photoPages(req))
		if err != nil {
			return err
		}
		defer d.more(len(photos), info)
		text := d.lang.text
		return list(&d.printer, &v1.ListAlbumPhotosResponse{Photos: photos, Pagination: info}, photos,
			row{text("날짜", "date"), text("올린 이", "author"), text("크기", "size"), text("댓글", "comments"), "id", "url"},
			func(p *v1.Photo) row {
				return row{when(p.GetCreatedAt()), p.GetAuthor(), pixels(p), p.GetCommentCount(), p.GetId(), p.GetUrl()}
			})
	})
	return c
}

func (d *dbj) hidePhoto() *cobra.Command {
	var show bool
	c := &cobra.Command{
		Use: "hide PHOTO", Short: "Hide a photo, such as one that you are in, or show it again", Long: hideHelp, Args: cobra.ExactArgs(1),
		Example: `  dbj photos hide "$(dbj photos list 정기전 -n 1 -o jsonl | jq -r .id)"`,
		RunE: func(c *cobra.Command, args []string) error {
			answer, err := ask(c.Context(), d, d.client.Photos.HidePhoto, &v1.HidePhotoRequest{PhotoId: args[0], Hidden: new(!show)})
			if err != nil {
				return err
			}
			if d.format != asTable {
				return d.document(answer.GetPhoto())
			}
			if show {
				return d.line("사진을 다시 보이게 했습니다.", "The photo is shown again.")
			}
			return d.line("사진을 숨겼습니다.", "The photo is hidden.")
		},
	}
	c.Flags().BoolVar(&show, "show", false, "show it again")
	return c
}

// albumPages asks for albums, page by page.
func (d *dbj) albumPages() page[*v1.Album] {
	return func(ctx context.Context, token string, limit int32) ([]*v1.Album, string, *v1.PaginationInfo, error) {
		answer, err := ask(ctx, d, d.client.Photos.ListAlbums, &v1.ListAlbumsRequest{PageToken: &token, Limit: &limit})
		return answer.GetAlbums(), answer.GetNextPageToken(), nil, err
	}
}

// photoPages asks for photos as req does, page by page.
func (d *dbj) photoPages(req *v1.ListAlbumPhotosRequest) page[*v1.Photo] {
	return func(ctx context.Context, token string, limit int32) ([]*v1.Photo, string, *v1.PaginationInfo, error) {
		req.PageToken, req.Limit = &token, &limit
		answer, err := ask(ctx, d, d.client.Photos.ListAlbumPhotos, req)
		return answer.GetPhotos(), answer.GetNextPageToken(), answer.GetPagination(), err
	}
}

func (d *dbj) namedAlbums(ctx context.Context, limit int) ([]named, error) {
	albums, _, err := collect(ctx, limit, d.albumPages())
	things := make([]named, len(albums))
	for i, a := range albums {
		things[i] = named{id: a.GetId(), name: a.GetName(), about: when(a.GetCreatedAt())}
	}
	return things, err
}

func (d *dbj) albumID(ctx context.Context, meant string) (string, error) {
	return d.resolve(meant, func() ([]named, error) { return d.namedAlbums(ctx, maxNamed) })
}

const hideHelp = `Hides a photo from the albums and posts of the app, for everybody. PHOTO is its id, as dbj photos list prints it. Every member may hide
a photo, 50 a day; whoever has hidden it, its author and managers may show it again with --show. It stays hidden when the club is synced
with its Band, where the photo stays as it is.`
