package webex

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// question is the text of a message without quotes and mentions.
type question struct {
	text      string
	mentioned bool // the bot, outside of quotes
}

// readQuestion returns what a person asks the bot me in a message. In HTML and Markdown mentions are
// recognized by id, never by name. In plain text only the bot's own name is removed: for those of
// other people see otherMentions and removeName.
func readQuestion(m Message, me Person) question {
	listed := slices.ContainsFunc(m.MentionedPeople, func(id string) bool { return SamePerson(id, me.ID) })
	if m.HTML != "" {
		p := readHTML(m.HTML, me)
		return question{tidy(p.text.String()), p.mentioned || listed && !p.quoted}
	}
	text := m.Text
	if text == "" {
		p := readMarkdown(m.Markdown, me)
		text, listed = p.text, p.mentioned || listed
	}
	text = strings.TrimSpace(withoutQuotes(text))
	if listed { // without HTML the mention is the name alone, usually at the beginning
		rest, first := cutName(text, me.DisplayName)
		if text = rest; !first {
			text = removeName(text, me.DisplayName)
		}
	}
	return question{text, listed}
}

// withoutQuotes returns text without the lines that quote another message, unless there are no others.
func withoutQuotes(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), ">") {
			kept = append(kept, line)
		}
	}
	if own := strings.Join(kept, ""); strings.TrimSpace(own) != "" {
		return own
	}
	return text
}

// otherMentions returns the ids of the other people mentioned in a message that only has plain text.
func otherMentions(m Message, me Person) (ids []string) {
	if m.HTML != "" || m.Text == "" {
		return nil
	}
	for _, id := range m.MentionedPeople {
		if !SamePerson(id, me.ID) {
			ids = append(ids, id)
		}
	}
	return ids
}

// cutName removes a name from the beginning of text if it stands there as whole words.
func cutName(text, name string) (rest string, found bool) {
	rest, found = strings.CutPrefix(text, name)
	if next, _ := utf8.DecodeRuneInString(rest); !found || name == "" || isWord(next) {
		return text, false
	}
	return strings.TrimSpace(rest), true
}

// removeName removes the first occurrence of a name as whole words, with an @ in front of it if there
// is one.
func removeName(text, name string) string {
	for from := 0; name != ""; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			break
		}
		at := from + i
		before, after := text[:at], text[at+len(name):]
		last, _ := utf8.DecodeLastRuneInString(before)
		next, _ := utf8.DecodeRuneInString(after)
		if !isWord(last) && !isWord(next) {
			return strings.TrimSpace(strings.TrimRight(strings.TrimSuffix(before, "@"), " ") + " " + strings.TrimLeft(after, " "))
		}
		from = at + len(name)
	}
	return text
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// page is what is read of the HTML of a message.
type page struct {
	text      strings.Builder
	mentioned bool // me, outside of quotes
	quoted    bool // me, inside of a quote
}

// inline are the elements within a line, and perhaps within a word. All others end a line.
var inline = []string{
	"a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark", "q", "s", "samp", "small", "span",
	"spark-mention", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr",
}

// unsaid are the elements whose text isn't said: crossed out, or never shown.
var unsaid = []string{"del", "s", "strike", "script", "style", "title"}

// readHTML reads the text outside of quotes, mentions and what isn't said. An element that isn't closed
// reaches to the end of the message.
func readHTML(source string, me Person) *page {
	p := &page{}
	quotes, mentions, dropped := 0, 0, 0 // open elements
	for z := html.NewTokenizer(strings.NewReader(source)); z.Next() != html.ErrorToken; {
		t := z.Token()
		if t.Type != html.TextToken && t.Type != html.CommentToken && !slices.Contains(inline, t.Data) {
			p.text.WriteByte('\n')
		}
		switch {
		case t.Type == html.TextToken:
			if quotes == 0 && mentions == 0 && dropped == 0 {
				p.text.WriteString(t.Data)
			}
		case slices.Contains(unsaid, t.Data):
			dropped = depth(dropped, t.Type)
		case t.Data == "blockquote":
			quotes = depth(quotes, t.Type)
		case t.Data == "spark-mention":
			if t.Type == html.StartTagToken && isMention(t, me) {
				p.mentioned, p.quoted = p.mentioned || quotes == 0, p.quoted || quotes > 0
			}
			mentions = depth(mentions, t.Type)
			p.text.WriteByte(' ')
		}
	}
	return p
}

// depth counts open elements.
func depth(n int, t html.TokenType) int {
	switch t {
	case html.StartTagToken:
		return n + 1
	case html.EndTagToken:
		return max(0, n-1)
	}
	return n
}

func isMention(t html.Token, me Person) bool {
	for _, a := range t.Attr {
		if a.Key == "data-object-id" {
			return SamePerson(a.Val, me.ID)
		}
	}
	return false
}

// mentionMarkup is a mention in Markdown (Webex guide, "Formatting messages").
var mentionMarkup = regexp.MustCompile(`<@(?:all|person(?:Id|Email):([^|>]*)(?:\|[^>]*)?)>`)

// What Markdown makes of a text, with what is left of it.
var markup = []struct {
	form *regexp.Regexp
	left string
}{
	{regexp.MustCompile("~~[^~]*~~"), " "},
	{regexp.MustCompile("\\*\\*|__|`"), ""},
	{regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`), "$1"},
	{regexp.MustCompile(`(^|[\s(])\*(\S[^*]*\S|\S)\*`), "$1$2"},
	{regexp.MustCompile(`(^|[\s(])_(\S.*?)_(\W|$)`), "$1$2$3"},
	{regexp.MustCompile("\\\\([!-/:-@\\[-`{-~])"), "$1"},
}

// readMarkdown does the same for a message that has nothing but Markdown.
func readMarkdown(source string, me Person) (q question) {
	var lines []string
	for line := range strings.Lines(source) {
		if strings.HasPrefix(strings.TrimSpace(line), ">") {
			continue
		}
		for _, m := range mentionMarkup.FindAllStringSubmatch(line, -1) {
			q.mentioned = q.mentioned || SamePerson(m[1], me.ID) || slices.ContainsFunc(me.Emails, func(own string) bool { return strings.EqualFold(own, m[1]) })
		}
		line = mentionMarkup.ReplaceAllString(line, " ")
		for _, m := range markup {
			line = m.form.ReplaceAllString(line, m.left)
		}
		lines = append(lines, html.UnescapeString(line))
	}
	q.text = tidy(strings.Join(lines, "\n"))
	return q
}

// tidy replaces runs of white space by one blank and drops empty lines.
func tidy(s string) string {
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		if words := strings.Fields(line); len(words) > 0 {
			lines = append(lines, strings.Join(words, " "))
		}
	}
	return strings.Join(lines, "\n")
}
