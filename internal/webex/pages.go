package webex

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// list goes through all pages of a list, fetching each when it is reached. After an error it ends.
func list[T any](ctx context.Context, c *Client, path string, query url.Values) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		target := c.base.JoinPath(path)
		target.RawQuery = query.Encode()
		for target != nil {
			var page struct {
				Items []T `json:"items"`
			}
			header, err := c.do(ctx, http.MethodGet, target, "", nil, &page)
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if target, err = c.next(header); err != nil {
				yield(none, err)
				return
			}
		}
	}
}

// next is the address of the next page, or nil after the last one. One on another host is refused:
// it would get the token.
func (c *Client) next(header http.Header) (*url.URL, error) {
	link := nextLink(header.Values("Link"))
	if link == "" {
		return nil, nil
	}
	u, err := c.base.Parse(link)
	if err != nil {
		return nil, fmt.Errorf("the link to the next page: %w", err)
	}
	if u.Scheme != c.base.Scheme || u.Host != c.base.Host {
		return nil, fmt.Errorf("the next page is at %s://%s, which must not get the token", u.Scheme, u.Host)
	}
	return u, nil
}

// nextLink finds the target of the link whose relation is next (RFC 8288, 3), or nothing.
func nextLink(lines []string) string {
	for _, rest := range lines {
		for {
			_, link, _ := strings.Cut(rest, "<")
			target, params, ok := strings.Cut(link, ">") // a target may have commas, so it goes first
			if !ok {
				break
			}
			if params, rest = cutUnquoted(params, ','); hasRelation(params, "next") {
				return target
			}
		}
	}
	return ""
}

func hasRelation(params, relation string) bool {
	for params != "" {
		var param string
		param, params = cutUnquoted(params, ';')
		name, value, _ := strings.Cut(param, "=")
		if strings.EqualFold(strings.TrimSpace(name), "rel") {
			relations := strings.Fields(strings.Trim(strings.TrimSpace(value), `"`))
			return slices.ContainsFunc(relations, func(r string) bool { return strings.EqualFold(r, relation) })
		}
	}
	return false
}

// cutUnquoted cuts s around the first sep that doesn't stand within double quotes.
func cutUnquoted(s string, sep byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}
