package webex

import (
	"strings"
	"unicode/utf8"
)

// clip truncates Markdown to MaxTextBytes at a character boundary, appends an ellipsis, and closes a
// code fence that was cut.
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

// closeFence returns the line that closes the code fence left open at the end of text, or ""
// (CommonMark 0.31, 4.5).
func closeFence(text string) string {
	open := ""
	for line := range strings.Lines(text) {
		fence, info := cutFence(line)
		switch {
		case open == "":
			open = fence
		case strings.HasPrefix(fence, open) && strings.TrimSpace(info) == "":
			open = "" // a closing fence is at least as long as the opening one
		}
	}
	if open == "" {
		return ""
	}
	return "\n" + open
}

// cutFence splits a line into its leading run of three or more backticks or tildes and the rest.
func cutFence(line string) (fence, rest string) {
	text := strings.TrimLeft(line, " ")
	if len(line)-len(text) > 3 {
		return "", line // an indented code block
	}
	for _, mark := range []string{"`", "~"} {
		if rest = strings.TrimLeft(text, mark); len(text)-len(rest) >= 3 {
			return text[:len(text)-len(rest)], rest
		}
	}
	return "", line
}
