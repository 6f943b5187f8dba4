package webex

import (
	"strings"
	"unicode/utf8"
)

// clip cuts Markdown to MaxTextBytes between two characters, says so with an ellipsis, and closes the
// code fence that it cut open: what follows in the space would else look like code.
func clip(text string) string {
	if len(text) <= MaxTextBytes {
		return text
	}
	const more = "\n…"
	closing := ""
	for {
		end := max(0, MaxTextBytes-len(closing)-len(more))
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		head := text[:end]
		if closing = closeFence(head); len(head)+len(closing)+len(more) <= MaxTextBytes {
			return head + closing + more
		}
	}
}

// closeFence returns the line that ends the code fence which is open at the end of text, or nothing
// (CommonMark 0.31, 4.5).
func closeFence(text string) string {
	open := ""
	for line := range strings.Lines(text) {
		fence, info := cutFence(line)
		switch {
		case open == "":
			open = fence
		case strings.HasPrefix(fence, open) && strings.TrimSpace(info) == "":
			open = "" // at least as long as the one that opened, of the same character
		}
	}
	if open == "" {
		return ""
	}
	return "\n" + open
}

// cutFence returns the run of three or more backticks or tildes that a line begins with, and the
// rest.
func cutFence(line string) (fence, rest string) {
	text := strings.TrimLeft(line, " ")
	if len(line)-len(text) > 3 {
		return "", line // indented that far it is code already
	}
	for _, mark := range []string{"`", "~"} {
		if rest = strings.TrimLeft(text, mark); len(text)-len(rest) >= 3 {
			return text[:len(text)-len(rest)], rest
		}
	}
	return "", line
}
