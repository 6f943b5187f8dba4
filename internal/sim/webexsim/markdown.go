package webexsim

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	nethtml "golang.org/x/net/html"
)

// mention matches <@personId:ID|Name>, <@personEmail:ADDRESS|Name> and <@all>. The name is optional.
var mention = regexp.MustCompile(`<@(?:(personId|personEmail):([^|>]+)(?:\|([^>]*))?|all)>`)

// setText sets the text, Markdown, HTML and mentions of a message. Missing forms are derived: HTML from
// Markdown, and text from HTML.
func (s *Sim) setText(m *message, text, markdown, html string) {
	m.text, m.markdown, m.html, m.mentioned, m.everybody = text, markdown, html, nil, false
	if markdown != "" {
		m.html = s.toHTML(m, markdown)
	}
	if m.text == "" {
		m.text = plainText(m.html)
	}
}

// toHTML converts Markdown to HTML and sets the message's mentions.
func (s *Sim) toHTML(m *message, markdown string) string {
	var spans []string
	marked := mention.ReplaceAllStringFunc(markdown, func(source string) string {
		part := mention.FindStringSubmatch(source)
		if part[1] == "" {
			m.everybody = true
			spans = append(spans, `<spark-mention data-object-type="groupMention" data-group-type="all">All</spark-mention>`)
			return placeholder(len(spans) - 1)
		}
		p := s.person(part[2])
		if part[1] == "personEmail" {
			p = s.personByEmail(part[2])
		}
		if p == nil || m.room.member(p) == nil {
			return source
		}
		name := part[3]
		if name == "" {
			name = p.Name
		}
		if !slices.Contains(m.mentioned, p) {
			m.mentioned = append(m.mentioned, p)
		}
		spans = append(spans, fmt.Sprintf(`<spark-mention data-object-type="person" data-object-id="%s">%s</spark-mention>`, p.ID, html.EscapeString(name)))
		return placeholder(len(spans) - 1)
	})
	var b bytes.Buffer
	if err := goldmark.Convert([]byte(marked), &b); err != nil {
		s.log.WithError(err).Error("Can't convert Markdown.")
		return ""
	}
	converted := strings.TrimSpace(b.String())
	for i, span := range spans {
		converted = strings.ReplaceAll(converted, placeholder(i), span)
	}
	return converted
}

// placeholder stands for a mention while Markdown is converted. It uses private-use characters.
func placeholder(i int) string { return fmt.Sprintf("\ue000%d\ue001", i) }

// plainText returns HTML without its tags.
func plainText(source string) string {
	var b strings.Builder
	for z := nethtml.NewTokenizer(strings.NewReader(source)); ; {
		switch z.Next() {
		case nethtml.ErrorToken:
			return strings.TrimSpace(b.String())
		case nethtml.TextToken:
			b.Write(z.Text())
		}
	}
}
