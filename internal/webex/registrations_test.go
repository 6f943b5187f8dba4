package webex_test

import (
	"net/http"
	"strings"
	"testing"
)

// A registration that has lost its socket is made anew, since refreshing it again wouldn't help.
func TestRegistrationWithoutSocket(t *testing.T) {
	const device = `{"url":"http://wdm.example/wdm/api/v1/devices/1","name":"overwatch-a"}`
	a := newAPI(t)
	a.on("GET /u2c/catalog?format=hostmap", answer(http.StatusOK, strings.ReplaceAll(catalog, "wdm.example/wdm/api/v1", "webexapis.example/v1/wdm")))
	own := strings.ReplaceAll(device, "wdm.example/wdm/api/v1", "webexapis.example/v1/wdm")
	a.on("GET /wdm/devices", answer(http.StatusOK, `{"devices":[`+own+`]}`))
	a.on("PUT /wdm/devices/1", answer(http.StatusOK, own))
	a.on("DELETE /wdm/devices/1", answer(http.StatusNoContent, ""))
	a.on("POST /wdm/devices", answer(http.StatusOK, strings.Replace(own, `{`, `{"webSocketUrl":"ws://mercury.example/2",`, 1)))
	c := a.client()
	s, err := c.Services(t.Context(), a.url+"/u2c")
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.EnsureRegistration(t.Context(), s, "overwatch-", "overwatch-a")
	if err != nil || r.SocketURL != "ws://mercury.example/2" {
		t.Errorf("got %+v, %v", r, err)
	}
}
