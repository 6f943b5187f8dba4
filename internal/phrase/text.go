package phrase

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// dashes and quotes are the many ways to write the few signs that mean something here.
var (
	dashes = strings.NewReplacer("\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2014", "-", "\u2015", "-", "\u2212", "-", "\u2043", "-", "\u00ad", "")
	quotes = strings.NewReplacer(
		"\u2018", "'", "\u2019", "'", "\u201a", "'", "\u201b", "'", "\u2032", "'", "\u00b4", "'", "`", "'", "\u2039", "'", "\u203a", "'",
		"\u201c", `"`, "\u201d", `"`, "\u201e", `"`, "\u201f", `"`, "\u2033", `"`, "\u00ab", `"`, "\u00bb", `"`, "\u300c", `"`, "\u300d", `"`,
		"\u3001", ",", "\u3002", ".", "\u00a6", "|",
	)
)

// bullets are what stands before a text that was pasted from a list or a quote, or that was edited: an
// edited message may arrive as "* text".
var bullets = regexp.MustCompile(`^(?:\s*(?:[*•◦▪‣·>#-]+|\d{1,2}[.)])(?:\s+|$))+`)

// Clean returns text in one form, however it was typed: compatible characters are the same (NFKC, so that
// full width letters are letters), invisible ones are gone, every blank is a space, and dashes and quotes
// are those of ASCII. A bullet in front is gone.
func Clean(text string) string {
	text = quotes.Replace(dashes.Replace(strings.ToValidUTF8(text, " "))) // before NFKC, which takes some apart
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
			return -1
		}
		return r
	}, norm.NFKC.String(text))
	return bullets.ReplaceAllString(text, "")
}

// prompt is the prompt of a device at the beginning of a text, as in r1#show vrf.
var prompt = regexp.MustCompile(`^(\s*[\pL\pN][\pL\pN._/-]*)[#>]`)

// Tokens returns the words of a clean text without the punctuation around them. What has neither a letter
// nor a digit, such as a smiley or a lone asterisk, is no token.
func Tokens(text string) []string {
	var list []string
	for _, w := range strings.FieldsFunc(prompt.ReplaceAllString(text, "$1 "), func(r rune) bool { return strings.ContainsRune(",; ", r) }) {
		w = strings.TrimLeftFunc(w, func(r rune) bool { return !isWordRune(r) && !strings.ContainsRune("*[$_", r) })
		w = strings.TrimRightFunc(w, func(r rune) bool { return !isWordRune(r) && !strings.ContainsRune("*]$_/-%", r) })
		w = strings.TrimSuffix(strings.TrimPrefix(w, "**"), "**") // bold in Markdown
		if open, end := strings.Index(w, "["), strings.Index(w, "]"); open < 0 || end < 0 || open == 0 && end == len(w)-1 {
			w = strings.Trim(w, "[]") // no set of characters, as in core[12]
		}
		if strings.ContainsFunc(w, isWordRune) {
			list = append(list, w)
		}
	}
	return list
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }
