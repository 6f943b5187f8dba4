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

// mention is <@personId:ID|Name>, <@personEmail:ADDRESS|Name> or <@all>, the name being optional.
var mention = regexp.MustCompile(`<@(?:(personId|personEmail):([^|>]+)(?:\|([^>]*))?|all)>`)

// say fills in a message's text, Markdown, HTML and mentions, each from what there is.
func (s *Sim) say(m *message, text, markdown string) {
	m.text, m.markdown, m.html, m.mentioned, m.everybody = text, markdown, "", nil, false
	if markdown == "" {
		return
	}
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
		s.log.WithError(err).Error("can't convert Markdown")
		return
	}
	m.html = strings.TrimSpace(b.String())
	for i, span := range spans {
		m.html = strings.ReplaceAll(m.html, placeholder(i), span)
	}
	if m.text == "" {
		m.text = plainText(m.html)
	}
}

// placeholder stands for a mention while Markdown is converted, in characters of a private area.
func placeholder(i int) string { return fmt.Sprintf("\ue000%d\ue001", i) }

// plainText is what is left of HTML without its tags.
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
