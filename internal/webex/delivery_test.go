package webex_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"overwatch/internal/chat"
	"overwatch/internal/fault"
	"overwatch/internal/secret"
	"overwatch/internal/webex"
)

const signed = `{"id":"x","resource":"messages","event":"created","data":{"id":"y"}}`

func TestSignature(t *testing.T) {
	key, body := secret.New("s3cret"), []byte(signed)
	const want = "a76c48312ce1af30c5537db01498b77d4f7fc195"
	if got := webex.Sign(key, body); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, tc := range []struct {
		name      string
		key       secret.Text
		body      string
		signature string
		want      bool
	}{
		{"right", key, signed, want, true},
		{"upper case", key, signed, strings.ToUpper(want), true},
		{"another body", key, signed + " ", want, false},
		{"another key", secret.New("s3cret "), signed, want, false},
		{"none", key, signed, "", false},
		{"the beginning", key, signed, want[:38], false},
		{"half a byte", key, signed, want[:39], false},
		{"more", key, signed, want + "00", false},
		{"not hexadecimal", key, signed, strings.Repeat("zz", 20), false},
		{"no key, signed with none", secret.Text{}, signed, webex.Sign(secret.Text{}, body), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := webex.Verify(tc.key, []byte(tc.body), tc.signature); got != tc.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("s3cret", []byte(signed), "a76c48312ce1af30c5537db01498b77d4f7fc195")
	f.Add("", []byte(nil), "")
	f.Fuzz(func(t *testing.T, key string, body []byte, signature string) {
		right := webex.Sign(secret.New(key), body)
		if webex.Verify(secret.New(key), body, right) != (key != "") {
			t.Errorf("its own signature %s is wrong", right)
		}
		if webex.Verify(secret.New(key), body, signature) && !strings.EqualFold(signature, right) {
			t.Errorf("%q is taken for %s", signature, right)
		}
	})
}

func TestParseDelivery(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		want       chat.Event // none: refused
	}{
		{
			"message", `{"id":"w","name":"overwatch messages","targetUrl":"https://bot.example/hook","resource":"messages","event":"created","filter":"roomType=direct","orgId":"o","createdBy":"b","appId":"a","ownedBy":"creator","status":"active","created":"2026-11-23T08:20:32.261Z","actorId":"p","data":{"id":"m","roomId":"r","roomType":"group","personId":"p","personEmail":"eng@example.com","mentionedPeople":["b"],"created":"2026-11-23T08:20:33.010Z"}}`,
			chat.Event{Resource: "messages", Action: "created", ID: "m", Room: "r", Actor: "p"},
		},
		{
			"press", `{"resource":"attachmentActions","event":"created","actorId":"p","data":{"id":"x","type":"submit","messageId":"m","personId":"p","roomId":"r"}}`,
			chat.Event{Resource: "attachmentActions", Action: "created", ID: "x", Room: "r", Actor: "p"},
		},
		{"the least", signed, chat.Event{Resource: "messages", Action: "created", ID: "y"}},
		{"no id", `{"resource":"messages","event":"created","data":{"roomId":"r"}}`, chat.Event{}},
		{"no data", `{"resource":"messages","event":"created"}`, chat.Event{}},
		{"null data", `{"resource":"messages","event":"created","data":null}`, chat.Event{}},
		{"no resource", `{"event":"created","data":{"id":"y"}}`, chat.Event{}},
		{"no event", `{"resource":"messages","data":{"id":"y"}}`, chat.Event{}},
		{"an id of another type", `{"resource":"messages","event":"created","data":{"id":7}}`, chat.Event{}},
		{"data of another type", `{"resource":"messages","event":"created","data":"y"}`, chat.Event{}},
		{"a list", `[` + signed + `]`, chat.Event{}},
		{"cut off", signed[:40], chat.Event{}},
		{"two", signed + signed, chat.Event{}},
		{"nothing", ``, chat.Event{}},
		{"a form", `resource=messages&event=created`, chat.Event{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := webex.ParseDelivery([]byte(tc.body))
				if tc.want == (chat.Event{}) {
					if fault.Of(err) != fault.Invalid || got != tc.want {
						t.Errorf("got %+v, %v", got, err)
					}
					return
				}
				tc.want.At = time.Now()
				if err != nil || got != tc.want {
					t.Errorf("got %+v, %v; want %+v", got, err, tc.want)
				}
			})
		})
	}
}

func FuzzParseDelivery(f *testing.F) {
	f.Add([]byte(signed))
	f.Add([]byte(`{"data":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := webex.ParseDelivery(body)
		switch {
		case err != nil && fault.Of(err) != fault.Invalid:
			t.Errorf("%q: %v", body, err)
		case err == nil && (n.Resource == "" || n.Action == "" || n.ID == ""):
			t.Errorf("%q: %+v lacks something", body, n)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	body := []byte(`{"resource":"messages","event":"created","data":{"id":"` + strings.Repeat("x", 800) + `"}}`)
	key := secret.New("the key of the webhooks")
	signature := webex.Sign(key, body)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if !webex.Verify(key, body, signature) {
			b.Fatal("it isn't verified")
		}
	}
}
