package yang

import (
	"io"
	"strings"
	"unicode/utf8"
)

// tolerant makes valid JSON of what some devices send, so that one odd byte doesn't lose the response. In
// texts it replaces a raw control character by U+FFFD, doubles a backslash that begins no escape, and fills up
// a \u that has too few digits with zeros. Outside texts it takes a byte order mark and other bytes that mean
// nothing for blanks, NaN and (null) for null, and Infinity for a number that is too large.
type tolerant struct {
	r    io.Reader
	in   position
	rest []byte // repaired, and not read yet
	err  error  // of r; returned after rest

	repaired bool // something
}

// position is where in JSON a byte is.
type position struct {
	text      bool // within a text
	backslash bool // behind one
	digits    int  // that a \u still needs
	word      bool // within a word that has been replaced
}

// Read implements io.Reader.
func (t *tolerant) Read(p []byte) (int, error) {
	if len(t.rest) > 0 || t.err != nil {
		n := copy(p, t.rest)
		if t.rest = t.rest[n:]; len(t.rest) > 0 {
			return n, nil
		}
		return n, t.err
	}
	n, err := t.r.Read(p)
	before := t.in
	for i := t.in.plain(p[:n]); i < n; i += 1 + t.in.plain(p[i+1:n]) {
		if _, fine := t.in.next(p[i]); !fine {
			t.in, t.repaired = before, true
			return t.repair(p, n, err)
		}
	}
	return n, err
}

// repair repairs p[:n].
func (t *tolerant) repair(p []byte, n int, err error) (int, error) {
	out := make([]byte, 0, n+64)
	for _, c := range p[:n] {
		if instead, fine := t.in.next(c); fine {
			out = append(out, c)
		} else {
			out = append(out, instead...)
		}
	}
	used := copy(p, out)
	t.rest = out[used:]
	if len(t.rest) > 0 {
		t.err, err = err, nil
	}
	return used, err
}

// plainText and plainOutside are the bytes that change nothing where they are.
var plainText, plainOutside = func() (text, outside [256]bool) {
	for c := range 256 {
		text[c] = c >= ' ' && c != '"' && c != '\\'
		outside[c] = c >= ' ' && c < utf8.RuneSelf && strings.IndexByte(`"NI(`, byte(c)) < 0 || c == '\n' || c == '\r' || c == '\t'
	}
	return text, outside
}()

// plain returns how many bytes at the beginning of p change nothing.
func (in *position) plain(p []byte) int {
	table := &plainOutside
	switch {
	case in.backslash || in.digits > 0 || in.word:
		return 0
	case in.text:
		table = &plainText
	}
	for i, c := range p {
		if !table[c] {
			return i
		}
	}
	return len(p)
}

// next goes over a byte. If the byte isn't fine, it returns what to put in its place.
func (in *position) next(c byte) (instead string, fine bool) {
	if !in.text {
		return in.outside(c)
	}
	insert := ""
	if in.digits > 0 {
		if strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 {
			in.digits--
			return "", true
		}
		insert, in.digits = strings.Repeat("0", in.digits), 0
	}
	if in.backslash {
		in.backslash = false
		switch {
		case c == 'u':
			in.digits = 4
			return "", true
		case strings.IndexByte(`"\/bfnrt`, c) >= 0:
			return "", true
		}
		insert = `\`
	}
	switch {
	case c == '"':
		in.text = false
	case c == '\\':
		in.backslash = true
	case c < ' ':
		return insert + "\ufffd", false
	}
	return insert + string([]byte{c}), insert == ""
}

// outside is next for a byte that isn't in a text. No word of JSON begins with a capital letter or a bracket.
func (in *position) outside(c byte) (instead string, fine bool) {
	if in.word {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == ')' {
			return "", false
		}
		in.word = false
	}
	switch {
	case c == '"':
		in.text = true
	case c == 'N', c == '(':
		in.word = true
		return "null", false
	case c == 'I':
		in.word = true
		return "1e999", false
	case !plainOutside[c]:
		return " ", false
	}
	return "", true
}
