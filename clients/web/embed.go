// Package web holds the built web app, so that the server can serve it without Node. `make web` writes what is embedded.
package web

import (
	"embed"
	"io/fs"
)

//go:embed dist
var built embed.FS

// Files are what Vite has built: index.html and what it loads, each compressed, as NAME.br and NAME.gz, and routes.json,
// the paths of the app's pages.
func Files() fs.FS {
	files, err := fs.Sub(built, "dist")
	if err != nil {
		// The name is a valid path, which is all that is asked of it.
		panic(err)
	}
	return files
}
