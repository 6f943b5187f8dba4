// Package ui holds the playground's page, built from web/ into dist/ by make web. It serves files and
// knows nothing of what they do. Only internal/playground imports it.
package ui

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed all:dist
var built embed.FS

//go:embed notbuilt.html
var notBuilt []byte

// policy lets the page load nothing from elsewhere and run nothing but its own files.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

// Built reports whether the page was built.
func Built() bool {
	_, err := fs.Stat(built, "dist/app.js")
	return err == nil
}

// Handler serves the page at / and its files below /assets/. Where the page wasn't built, it says how
// to build it, with status 503.
func Handler() http.Handler {
	mux := http.NewServeMux()
	files, err := fs.Sub(built, "dist")
	if err != nil {
		panic(err) // only for a name that isn't valid
	}
	assets := http.StripPrefix("/assets/", http.FileServerFS(files))
	mux.Handle("GET /assets/", secured(assets))
	mux.Handle("GET /assets/{$}", http.NotFoundHandler()) // no list of files
	mux.Handle("GET /{$}", secured(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if Built() {
			http.ServeFileFS(w, r, files, "index.html")
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write(notBuilt) // a browser that went away is no news
	})))
	return mux
}

func secured(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cache-Control", "no-cache")
		h.ServeHTTP(w, r)
	})
}
