package devicesim

import (
	"fmt"
	"strings"
)

// filter is a parsed fields parameter (RFC 8040, 4.8.3): the selected members, each with a filter for the
// level below. An empty filter selects everything.
type filter map[string]filter

// below returns the filter for the level below a member, and whether the member is selected.
func (f filter) below(name string) (filter, bool) {
	if len(f) == 0 {
		return nil, true
	}
	below, ok := f[local(name)]
	return below, ok
}

// parseFields reads a;b/c;d(e;f).
func parseFields(src string) (filter, error) {
	p := fieldsParser{rest: src}
	f := filter{}
	if err := p.list(f); err != nil {
		return nil, err
	}
	if p.rest != "" {
		return nil, fmt.Errorf("unexpected %q", p.rest)
	}
	return f, nil
}

type fieldsParser struct{ rest string }

func (p *fieldsParser) list(into filter) error {
	for {
		if err := p.path(into); err != nil {
			return err
		}
		if !p.take(';') {
			return nil
		}
	}
}

func (p *fieldsParser) path(into filter) error {
	for {
		end := strings.IndexAny(p.rest, ";/()")
		if end < 0 {
			end = len(p.rest)
		}
		name := local(p.rest[:end])
		if name == "" {
			return fmt.Errorf("a name is missing before %q", p.rest)
		}
		p.rest = p.rest[end:]
		if into[name] == nil {
			into[name] = filter{}
		}
		into = into[name]
		switch {
		case p.take('/'):
			continue
		case p.take('('):
			if err := p.list(into); err != nil {
				return err
			}
			if !p.take(')') {
				return fmt.Errorf("a ) is missing before %q", p.rest)
			}
		}
		return nil
	}
}

func (p *fieldsParser) take(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}
