package yang

import (
	"io"
	"strings"
)

// tolerant makes valid JSON of what some devices send in texts: it replaces a raw control character by
// U+FFFD, doubles a backslash that begins no escape, and fills up a \u that has too few digits with
// zeros. One odd byte in a description doesn't lose the response.
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
	for _, c := range p[:n] {
		if insert, replace := t.in.next(c); insert != "" || replace {
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
		insert, replace := t.in.next(c)
		out = append(out, insert...)
		if replace {
			out = append(out, "\ufffd"...)
		} else {
			out = append(out, c)
		}
	}
	used := copy(p, out)
	t.rest = out[used:]
	if len(t.rest) > 0 {
		t.err, err = err, nil
	}
	return used, err
}

// next goes over a byte. It returns what has to be inserted before the byte, and whether the byte has to
// be replaced.
func (in *position) next(c byte) (insert string, replace bool) {
	if !in.text {
		in.text = c == '"'
		return "", false
	}
	if in.digits > 0 {
		if strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 {
			in.digits--
			return "", false
		}
		insert, in.digits = strings.Repeat("0", in.digits), 0
	}
	if in.backslash {
		in.backslash = false
		switch {
		case c == 'u':
			in.digits = 4
			return "", false
		case strings.IndexByte(`"\/bfnrt`, c) >= 0:
			return "", false
		}
		insert = `\`
	}
	switch {
	case c == '"':
		in.text = false
	case c == '\\':
		in.backslash = true
	case c < ' ':
		return insert, true
	}
	return insert, false
}
