// Package ui embeds and serves the playground's web page, which make web builds from web/ into dist/.
// It only serves files; the page talks to the simulated Webex itself. Only internal/playground may
// import it.
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

// policy is the Content-Security-Policy: the page loads and runs only its own files.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

// Built reports whether the page is built.
func Built() bool {
	_, err := fs.Stat(built, "dist/app.js")
	return err == nil
}

// Handler serves the page at / and its files below /assets/. If the page isn't built, it answers 503
// with instructions.
func Handler() http.Handler {
	mux := http.NewServeMux()
	files, err := fs.Sub(built, "dist")
	if err != nil {
		panic(err) // "dist" is a valid path
	}
	assets := http.StripPrefix("/assets/", http.FileServerFS(files))
	mux.Handle("GET /assets/", secured(assets))
	mux.Handle("GET /assets/{$}", http.NotFoundHandler()) // no directory listing
	mux.Handle("GET /{$}", secured(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if Built() {
			http.ServeFileFS(w, r, files, "index.html")
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write(notBuilt) // the browser may have disconnected
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
