package webex

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// withoutMention returns the text of a message without the mentions of me, and whether there was
// one. A mention is known by the person's id, never by a pattern made of a name: names may be
// anything.
func withoutMention(m Message, me Person) (text string, mentioned bool) {
	mentioned = slices.ContainsFunc(m.MentionedPeople, func(id string) bool { return SamePerson(id, me.ID) })
	if !mentioned {
		return m.Text, false
	}
	if m.HTML != "" {
		return plainText(m.HTML, me), true
	}
	// Without HTML the mention is the name itself, in front, as words of their own.
	text = strings.TrimSpace(m.Text)
	rest, ok := strings.CutPrefix(text, me.DisplayName)
	if next, _ := utf8.DecodeRuneInString(rest); !ok || unicode.IsLetter(next) || unicode.IsDigit(next) {
		return text, true
	}
	return strings.TrimSpace(rest), true
}

// breaks are the elements that end a line.
var breaks = []string{"p", "br", "li", "div", "h1", "h2", "h3", "pre", "blockquote", "tr"}

// plainText takes the text out of a message's HTML and leaves out what mentions me.
func plainText(source string, me Person) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(source))
	mine := 0 // how deep within a mention of me
	for {
		switch z.Next() {
		case html.ErrorToken: // the end; a tokenizer takes any text
			return tidy(b.String())
		case html.TextToken:
			if mine == 0 {
				b.Write(z.Text())
			}
		case html.StartTagToken:
			t := z.Token()
			if t.Data == "spark-mention" && (mine > 0 || isMention(t, me)) {
				mine++
			}
			if slices.Contains(breaks, t.Data) {
				b.WriteByte('\n')
			}
		case html.EndTagToken:
			t := z.Token()
			if t.Data == "spark-mention" && mine > 0 {
				mine--
				b.WriteByte(' ')
			}
			if slices.Contains(breaks, t.Data) {
				b.WriteByte('\n')
			}
		case html.SelfClosingTagToken:
			if t := z.Token(); slices.Contains(breaks, t.Data) {
				b.WriteByte('\n')
			}
		}
	}
}

func isMention(t html.Token, me Person) bool {
	for _, a := range t.Attr {
		if a.Key == "data-object-id" {
			return SamePerson(a.Val, me.ID)
		}
	}
	return false
}

// tidy makes single blanks of many, and drops empty lines.
func tidy(s string) string {
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		if words := strings.Fields(line); len(words) > 0 { // Fields knows the no-break space, too
			lines = append(lines, strings.Join(words, " "))
		}
	}
	return strings.Join(lines, "\n")
}
