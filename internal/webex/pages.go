package webex

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"overwatch/internal/fault"
)

// ErrItem is in the error of one item of a list that can't be decoded.
var ErrItem = errors.New("an item of a list can't be read")

// list yields the items of all pages, requesting each page when it is reached. The caller decides
// what an error means: if it continues the loop, a page with a temporary error is requested again
// (the caller pauses first), an item that can't be decoded is skipped, and any other error ends the list.
func list[T any](ctx context.Context, c *Client, path string, query url.Values) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		target := c.base.JoinPath(path)
		target.RawQuery = query.Encode()
		for target != nil {
			var page struct {
				Items []json.RawMessage `json:"items"`
			}
			header, err := c.do(ctx, http.MethodGet, target, "", nil, &page)
			if err != nil {
				if !yield(none, err) || !fault.Temporary(err) {
					return
				}
				continue
			}
			for _, text := range page.Items {
				item, err := decodeItem[T](text)
				if err != nil {
					err = unreadable(http.MethodGet, target.Path, errors.Join(ErrItem, err))
				}
				if !yield(item, err) {
					return
				}
			}
			next, err := c.next(header)
			if err == nil && next != nil && *next == *target {
				err = &fault.Error{Kind: fault.Invalid, Message: "Webex's link to the next page leads to the same page."}
			}
			if err != nil {
				yield(none, err)
				return
			}
			target = next
		}
	}
}

func decodeItem[T any](text json.RawMessage) (item T, err error) {
	err = json.Unmarshal(text, &item)
	return item, err
}

// next returns the address of the next page, or nil after the last one. An address on another host is
// refused, since the token would be sent to it.
func (c *Client) next(header http.Header) (*url.URL, error) {
	link := nextLink(header.Values("Link"))
	if link == "" {
		return nil, nil
	}
	u, err := c.base.Parse(link)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Message: "Webex's link to the next page can't be read.", Cause: err}
	}
	if u.Scheme != c.base.Scheme || u.Host != c.base.Host {
		return nil, &fault.Error{
			Kind: fault.Invalid, Message: fmt.Sprintf("Webex's link to the next page leads to another host, %s://%s, which must not get the token.", u.Scheme, u.Host),
			Hint: "Check --webex-api-url, and for a proxy that changes responses.",
		}
	}
	return u, nil
}

// nextLink returns the target of the link with the relation "next" (RFC 8288, 3), or "".
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

// cutUnquoted cuts s around the first sep outside double quotes.
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
