package devicesim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

// Whatever is asked, a device answers with JSON or nothing and doesn't break.
func FuzzRequest(f *testing.F) {
	for _, seed := range [][2]string{
		{"Cisco-IOS-XE-native:native/vrf/definition=CORP", "fields=name;rd"},
		{"native/vrf/definition=CO%2FRP,x", "depth=2&content=config"},
		{"Cisco-IOS-XE-vrf-oper:vrf-oper-data/vrf-entry=CORP/interface", "fields=a(b/c;d(e))"},
		{"=/:/=,", "fields=((;"},
		{"%00", "\xeb"},
	} {
		f.Add(seed[0], seed[1])
	}
	m := models(0, 3)[0]
	lab := &Lab{now: time.Now, started: time.Now()}
	d := &restconf{lab: lab, model: m, tree: m.tree(lab.started)}
	f.Fuzz(func(t *testing.T, path, query string) {
		u, err := url.Parse("https://r1" + dataRoot + "/" + path)
		if err != nil {
			t.Skip("no URL, so no request")
		}
		u.RawQuery = query
		r := &http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}, RequestURI: u.RequestURI()}
		r.SetBasicAuth(username, m.password())
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		if w.Code == http.StatusNoContent {
			return
		}
		if !json.Valid(bytes.TrimSpace(w.Body.Bytes())) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
