package webex_test

import (
	"strings"
	"testing"

	"overwatch/internal/webex"
)

func TestID(t *testing.T) {
	for _, tc := range []struct {
		name, public string
		want         webex.ID
	}{
		{"room", "Y2lzY29zcGFyazovL3VzL1JPT00vYmJjZWIxYWQtNDNmMS0zYjU4LTkxNDctZjE0YmIwYzRkMTU0", webex.ID{"us", "ROOM", "bbceb1ad-43f1-3b58-9147-f14bb0c4d154"}},
		{"message", "Y2lzY29zcGFyazovL3VzL01FU1NBR0UvOTJkYjNiZTAtNDNiZC0xMWU2LThhZTktZGQ1YjNkZmM1NjVk", webex.ID{"us", "MESSAGE", "92db3be0-43bd-11e6-8ae9-dd5b3dfc565d"}},
		{"person", "Y2lzY29zcGFyazovL3VzL1BFT1BMRS8xMjM0NTY3OC0xMjM0LTEyMzQtMTIzNC0xMjM0NTY3ODkwYWI", webex.ID{"us", "PEOPLE", "12345678-1234-1234-1234-1234567890ab"}},
		{"another cluster", webex.ID{"urn:TEAM:us-west-2_r", "ROOM", "u"}.String(), webex.ID{"urn:TEAM:us-west-2_r", "ROOM", "u"}},
		{"a part of something", webex.ID{"us", "CONTENT", "u/0"}.String(), webex.ID{"us", "CONTENT", "u/0"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, padding := range []string{"", "=", "=="} {
				if got, err := webex.ParseID(tc.public + padding); err != nil || got != tc.want {
					t.Errorf("got %+v, %v", got, err)
				}
			}
			if got := tc.want.String(); got != tc.public {
				t.Errorf("got %s, want %s", got, tc.public)
			}
		})
	}
	for _, bad := range []string{"", "=", "12345678-1234-1234-1234-1234567890ab", "aHR0cDovL3VzL1JPT00veA", "Y2lzY29zcGFyazovL3VzL1JPT00v", "not base64!"} {
		if id, err := webex.ParseID(bad); err == nil {
			t.Errorf("%q is taken for %+v", bad, id)
		}
	}
}

func TestSamePerson(t *testing.T) {
	const (
		bare   = "12345678-1234-1234-1234-1234567890ab"
		public = "Y2lzY29zcGFyazovL3VzL1BFT1BMRS8xMjM0NTY3OC0xMjM0LTEyMzQtMTIzNC0xMjM0NTY3ODkwYWI"
	)
	for _, tc := range []struct {
		name, a, b string
		want       bool
	}{
		{"public ids", public, public, true},
		{"padded", public, public + "=", true},
		{"public and bare", public, bare, true},
		{"upper case", public, "12345678-1234-1234-1234-1234567890AB", true},
		{"somebody else", public, "22345678-1234-1234-1234-1234567890ab", false},
		{"other ids", "me", "me", true},
		{"nobody", "", "", false},
		{"nobody and somebody", "", public, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if webex.SamePerson(tc.a, tc.b) != tc.want || webex.SamePerson(tc.b, tc.a) != tc.want {
				t.Errorf("want %v", tc.want)
			}
		})
	}
}

func FuzzParseID(f *testing.F) {
	f.Add("Y2lzY29zcGFyazovL3VzL1JPT00vYmJjZWIxYWQtNDNmMS0zYjU4LTkxNDctZjE0YmIwYzRkMTU0")
	f.Add("Y2lzY29zcGFyazovLy8v")
	f.Fuzz(func(t *testing.T, s string) {
		if s != "" && !webex.SamePerson(s, s) {
			t.Errorf("%q isn't itself", s)
		}
		id, err := webex.ParseID(s)
		if err != nil {
			return
		}
		if again, err := webex.ParseID(id.String()); err != nil || again != id {
			t.Errorf("%q: %+v becomes %+v, %v", s, id, again, err)
		}
	})
}

// One space, however its id is written.
func TestUUID(t *testing.T) {
	const uuid = "bbceb1ad-43f1-3b58-91bd-0f4b3b2b3c4d"
	us := webex.ID{Cluster: "us", Kind: "ROOM", UUID: uuid}.String()
	for name, id := range map[string]string{
		"as it is": us, "with padding": us + strings.Repeat("=", (4-len(us)%4)%4), "of another cluster": webex.ID{Cluster: "urn:TEAM:us-west-2_r", Kind: "ROOM", UUID: uuid}.String(),
		"bare": uuid, "in capitals": strings.ToUpper(uuid),
	} {
		if got := webex.UUID(id); got != uuid {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := webex.UUID("terminal"); got != "terminal" {
		t.Errorf("no id: %s", got)
	}
}
