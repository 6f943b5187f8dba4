package access

import (
	"encoding/base64"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"overwatch/internal/chat"
	"overwatch/internal/inventory"
)

// Words with a meaning of their own.
const (
	organization = "organization" // people: members of the bot's organization
	direct       = "direct"       // spaces: of one person and the bot
	group        = "group"        // spaces: of several people
)

// name is a pattern of a rule for people, queries or devices, in lower case. Only * and ? are
// wildcards.
type name string

// newName checks a pattern. Brackets and backslashes were wildcards once and are in no name, so a
// rule with one would silently match nothing.
func newName(text string) (name, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", errors.New("an empty pattern matches nothing; leave the list out to match everything")
	case strings.ContainsAny(text, `[]\`):
		return "", fmt.Errorf("%q: only * and ? are wildcards; list the names, or write ? for any one character", text)
	}
	return name(strings.ToLower(text)), nil
}

func (n name) matches(s string) bool { return inventory.Match(string(n), s) }

func (n name) matchesPerson(p chat.Person, org string) bool {
	switch {
	case n == organization:
		return org != "" && p.Org == org
	case n == "*":
		return true
	case p.Email == "":
		return false
	case !strings.Contains(string(n), "@"):
		_, domain, ok := strings.Cut(p.Email, "@")
		return ok && n.matches(domain)
	}
	return n.matches(p.Email)
}

func (n name) matchesQuery(q Query) bool {
	if group, ok := strings.CutPrefix(string(n), "group:"); ok {
		return name(group).matches(q.Group)
	}
	return n.matches(q.Name)
}

func (n name) matchesDevice(d inventory.Device) bool { return inventory.Fits(string(n), d) }

// space is one entry of a rule's list of spaces: a word, an id or a title. Exactly one field is set.
type space struct {
	word  string // direct or group
	id    string // see roomID
	title string // folded; * and ? are wildcards
}

func newSpace(text string) (space, error) {
	text = strings.TrimSpace(text)
	switch word := strings.ToLower(text); word {
	case "":
		return space{}, errors.New("an empty title matches nothing; leave the list out to match every space")
	case direct, group:
		return space{word: word}, nil
	}
	if id, ok := roomID(text); ok {
		return space{id: id}, nil
	}
	return space{title: fold(text)}, nil
}

// matches reports whether a room is meant; title is the folded title of the room. A direct space has
// the display name of a person as its title, which people choose themselves, so it matches no title.
func (s space) matches(r chat.Room, title string) bool {
	switch {
	case s.word == direct:
		return r.Direct
	case s.word == group:
		return !r.Direct
	case s.id != "":
		id, _ := roomID(r.ID)
		return s.id == id
	}
	return !r.Direct && title != "" && wildcard(s.title, title)
}

// roomID returns the UUID in the id of a space, which is that UUID, or in base64 a URI such as
// ciscospark://us/ROOM/2b2cbe60-…; ok is false for anything else, such as a title.
func roomID(text string) (id string, ok bool) {
	if u, err := uuid.Parse(text); err == nil && len(text) == len(u.String()) {
		return u.String(), true
	}
	uri, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(text), "="))
	if err != nil || !strings.HasPrefix(string(uri), "ciscospark://") || !strings.Contains(string(uri), "/ROOM/") {
		return "", false
	}
	u, err := uuid.Parse(path.Base(string(uri)))
	return u.String(), err == nil
}

// IsRoomID reports whether a text is the id of a space rather than its title.
func IsRoomID(text string) bool {
	_, ok := roomID(strings.TrimSpace(text))
	return ok
}

// fold returns a title in the form in which titles are compared: without blanks around it, in one
// Unicode normal form, whatever the case.
func fold(title string) string {
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(strings.TrimSpace(title))))
}

// wildcard reports whether text matches a pattern in which * stands for any characters, ? for any one
// character, and every other character for itself.
func wildcard(pattern, text string) bool {
	p, t := []rune(pattern), []rune(text)
	star, mark := -1, 0 // where the last * is, and up to where it matches
	i, j := 0, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	return !slices.ContainsFunc(p[i:], func(r rune) bool { return r != '*' })
}
