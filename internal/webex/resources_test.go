package webex_test

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"overwatch/internal/secret"
	"overwatch/internal/webex"
)

// Every call, as it goes over the wire and comes back: what is decoded is compared by encoding it
// again, so that a field with a wrong name is missed.
func TestResources(t *testing.T) {
	const (
		person     = `{"id":"p","emails":["a@example.com"],"displayName":"Ann","nickName":"A","firstName":"An","lastName":"N","orgId":"o","type":"person"}`
		room       = `{"id":"r","title":"NOC","type":"group","isLocked":true,"isAnnouncementOnly":true,"isReadOnly":true,"teamId":"t","creatorId":"p","lastActivity":"2026-11-23T08:20:32.291Z","created":"2026-11-22T08:20:32.291Z"}`
		membership = `{"id":"s","roomId":"r","roomType":"group","personId":"p","personEmail":"a@example.com","personDisplayName":"Ann","personOrgId":"o","isModerator":true,"created":"2026-11-22T08:20:32.291Z"}`
		message    = `{"id":"m","parentId":"q","roomId":"r","roomType":"group","text":"hi","markdown":"**hi**","html":"<p>hi</p>","files":["https://webexapis.com/v1/contents/c"],"personId":"p","personEmail":"a@example.com","mentionedPeople":["b"],"mentionedGroups":["all"],"attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":{"type":"AdaptiveCard"}}],"created":"2026-11-22T08:20:32.291Z","updated":"2026-11-23T08:20:32.291Z"}`
		action     = `{"id":"x","type":"submit","messageId":"m","inputs":{"device":"r1","n":1},"personId":"p","roomId":"r","created":"2026-11-22T08:20:32.291Z"}`
		webhook    = `{"id":"w","name":"overwatch messages","targetUrl":"https://bot.example/hook","resource":"messages","event":"created","filter":"roomType=direct&mentionedPeople=me","status":"active"}`
	)
	type result struct {
		v   any
		err error
	}
	one := func(v any, err error) result { return result{v, err} }
	for _, tc := range []struct {
		name   string
		do     func(context.Context, *webex.Client) result
		call   string
		sent   string // empty for none
		answer string
	}{
		{"who am I", func(ctx context.Context, c *webex.Client) result { return one(c.Me(ctx)) }, "GET /people/me", "", person},
		{"a person", func(ctx context.Context, c *webex.Client) result { return one(c.Person(ctx, "p")) }, "GET /people/p", "", person},
		{"people", func(ctx context.Context, c *webex.Client) result { return one(first(c.People(ctx, "p", "q"))) }, "GET /people?id=p%2Cq", "", `{"items":[` + person + `]}`},

		{"rooms", func(ctx context.Context, c *webex.Client) result { return one(first(c.Rooms(ctx))) }, "GET /rooms?sortBy=lastactivity", "", `{"items":[` + room + `]}`},
		{"a room", func(ctx context.Context, c *webex.Client) result { return one(c.Room(ctx, "r")) }, "GET /rooms/r", "", room},
		{"make a room", func(ctx context.Context, c *webex.Client) result { return one(c.CreateRoom(ctx, "NOC")) }, "POST /rooms", `{"title":"NOC"}`, room},
		{"remove a room", func(ctx context.Context, c *webex.Client) result { return one(nil, c.DeleteRoom(ctx, "r")) }, "DELETE /rooms/r", "", ""},

		{"memberships", func(ctx context.Context, c *webex.Client) result { return one(first(c.Memberships(ctx, "r"))) }, "GET /memberships?roomId=r", "", `{"items":[` + membership + `]}`},
		{"a membership", func(ctx context.Context, c *webex.Client) result { return one(c.Membership(ctx, "s")) }, "GET /memberships/s", "", membership},
		{"add somebody", func(ctx context.Context, c *webex.Client) result {
			return one(c.CreateMembership(ctx, "r", "a@example.com"))
		}, "POST /memberships", `{"roomId":"r","personEmail":"a@example.com"}`, membership},
		{"take somebody out", func(ctx context.Context, c *webex.Client) result { return one(nil, c.DeleteMembership(ctx, "s")) }, "DELETE /memberships/s", "", ""},

		{"a message", func(ctx context.Context, c *webex.Client) result { return one(c.Message(ctx, "m")) }, "GET /messages/m", "", message},
		{"messages", func(ctx context.Context, c *webex.Client) result { return one(first(c.Messages(ctx, "r", false))) }, "GET /messages?roomId=r", "", `{"items":[` + message + `]}`},
		{"messages to me", func(ctx context.Context, c *webex.Client) result { return one(first(c.Messages(ctx, "r", true))) }, "GET /messages?mentionedPeople=me&roomId=r", "", `{"items":[` + message + `]}`},
		{"direct messages", func(ctx context.Context, c *webex.Client) result { return one(first(c.DirectMessages(ctx, "p"))) }, "GET /messages/direct?personId=p", "", `{"items":[` + message + `]}`},
		{"say in a thread", func(ctx context.Context, c *webex.Client) result {
			return one(c.CreateMessage(ctx, webex.NewMessage{RoomID: "r", ParentID: "q", Markdown: "<b> & co"}))
		}, "POST /messages", `{"roomId":"r","parentId":"q","markdown":"<b> & co"}`, message},
		{"show a card", func(ctx context.Context, c *webex.Client) result {
			return one(c.CreateMessage(ctx, webex.NewMessage{RoomID: "r", Markdown: "a card", Card: json.RawMessage(`{"type":"AdaptiveCard"}`)}))
		}, "POST /messages", `{"roomId":"r","markdown":"a card","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":{"type":"AdaptiveCard"}}]}`, message},
		{"say to a person", func(ctx context.Context, c *webex.Client) result {
			return one(c.CreateMessage(ctx, webex.NewMessage{PersonID: "p", Markdown: "hi"}))
		}, "POST /messages", `{"toPersonId":"p","markdown":"hi"}`, message},
		{"say to an address", func(ctx context.Context, c *webex.Client) result {
			return one(c.CreateMessage(ctx, webex.NewMessage{PersonEmail: "a@example.com", Markdown: "hi"}))
		}, "POST /messages", `{"toPersonEmail":"a@example.com","markdown":"hi"}`, message},
		{"edit", func(ctx context.Context, c *webex.Client) result { return one(c.EditMessage(ctx, "m", "r", "ho")) }, "PUT /messages/m", `{"roomId":"r","markdown":"ho"}`, message},
		{"take back", func(ctx context.Context, c *webex.Client) result { return one(nil, c.DeleteMessage(ctx, "m")) }, "DELETE /messages/m", "", ""},

		{"an action", func(ctx context.Context, c *webex.Client) result { return one(c.Action(ctx, "x")) }, "GET /attachment/actions/x", "", action},
		{"press", func(ctx context.Context, c *webex.Client) result {
			return one(c.CreateAction(ctx, "m", map[string]any{"device": "r1", "n": 1}))
		}, "POST /attachment/actions", `{"type":"submit","messageId":"m","inputs":{"device":"r1","n":1}}`, action},

		{"webhooks", func(ctx context.Context, c *webex.Client) result { return one(first(c.Webhooks(ctx))) }, "GET /webhooks", "", `{"items":[` + webhook + `]}`},
		{"a webhook", func(ctx context.Context, c *webex.Client) result { return one(c.Webhook(ctx, "w")) }, "GET /webhooks/w", "", webhook},
		{"make a webhook", func(ctx context.Context, c *webex.Client) result {
			return one(c.CreateWebhook(ctx, webex.Webhook{Name: "n", TargetURL: "https://bot.example", Resource: "messages", Event: "created", Filter: "a=b&c=d", Secret: secret.New("s3cret")}))
		}, "POST /webhooks", `{"name":"n","targetUrl":"https://bot.example","resource":"messages","event":"created","filter":"a=b&c=d","secret":"s3cret"}`, webhook},
		{"set a webhook right", func(ctx context.Context, c *webex.Client) result {
			return one(c.UpdateWebhook(ctx, webex.Webhook{ID: "w", Name: "n", TargetURL: "https://bot.example", Resource: "ignored", Status: "active", Secret: secret.New("s3cret")}))
		}, "PUT /webhooks/w", `{"name":"n","targetUrl":"https://bot.example","status":"active","secret":"s3cret"}`, webhook},
		{"remove a webhook", func(ctx context.Context, c *webex.Client) result { return one(nil, c.DeleteWebhook(ctx, "w")) }, "DELETE /webhooks/w", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := newAPI(t)
			a.on(tc.call, func(w http.ResponseWriter, r *http.Request) {
				if tc.sent == "" {
					if r.ContentLength != 0 {
						t.Errorf("it has a body of %d bytes", r.ContentLength)
					}
				} else {
					if got := r.Header.Get("Content-Type"); got != "application/json" {
						t.Errorf("Content-Type is %q", got)
					}
					if diff := cmp.Diff(parse(t, tc.sent), decode(t, r.Body)); diff != "" {
						t.Error(diff)
					}
				}
				if tc.answer == "" {
					w.WriteHeader(http.StatusNoContent)
					return
				}
				// Members we don't know make no difference.
				answer(http.StatusOK, `{"isVoiceClip":false,`+tc.answer[1:])(w, r)
			})
			got := tc.do(t.Context(), a.client())
			if got.err != nil {
				t.Fatal(got.err)
			}
			if a.total() != 1 {
				t.Errorf("%d calls, want one", a.total())
			}
			if tc.answer == "" {
				return
			}
			again, err := json.Marshal(got.v)
			if err != nil {
				t.Fatal(err)
			}
			want := parse(t, tc.answer)
			if list, ok := want.(map[string]any)["items"].([]any); ok {
				want = list[0]
			}
			if diff := cmp.Diff(want, parse(t, string(again))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A webhook's secret is sent and never shown.
func TestWebhookHidesItsSecret(t *testing.T) {
	b, err := json.Marshal(webex.Webhook{Name: "n", Secret: secret.New("hush")})
	if err != nil {
		t.Fatal(err)
	}
	check(t, string(b))
}

func first[T any](list iter.Seq2[T, error]) (T, error) {
	for v, err := range list {
		return v, err
	}
	var none T
	return none, nil
}

func parse(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
