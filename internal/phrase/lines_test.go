package phrase_test

import (
	"strings"
	"testing"
)

// TestLines checks texts of several lines, or of several commands in one: they are one command, or none is run.
func TestLines(t *testing.T) {
	g, _ := grammar(t)
	const (
		several = "says Type one query in a message: this has "
		part    = "says One line of this is a query, but not all of it."
		long    = "says That is too long for a query, which has at most 200 words."
	)
	for text, want := range map[string]string{
		"vrf core1\ninterfaces core2":                                   several + "2.",
		"vrf core1\nvrf core2":                                          several + "2.",
		"vrf core1\r\n\r\narp core1\r\nbgp core1":                       several + "3.",
		"- vrf core1\n- arp core1":                                      several + "2.",
		"1. vrf core1\n2. arp core1":                                    several + "2.",
		"vrf core1; arp core1":                                          several + "2.",
		"vrf core1 && arp core1":                                        several + "2.",
		"vrf core1\u2028arp core1":                                      several + "2.",
		"help\nvrf core1":                                               several + "2.",
		"cancel\nvrf core1":                                             several + "2.",
		"show vrf core1\n!\nshow arp core1":                             several + "2.",
		"Hi team,\nvrf core1\nThanks, Bob":                              part,
		"vrf core1\n\n--\nAlice Adams\nNetwork Operations":              part,
		"vrf core1\nSent from my phone":                                 part,
		"core1#show vrf\n  Name   Default RD\n  CORP   65000:1\ncore1#": part,
		"vrf core1\nexcept core2":                                       part,

		"vrf\ncore1":                            "vrf core1",
		"vrf core1\ncore2":                      "vrf core1,core2",
		"vrf core1\ncsv":                        "vrf core1 csv",
		"interfaces core1\n| down":              "interfaces core1 | down",
		"hello\nvrf core1":                      "vrf core1",
		"vrf core1\n\nthanks!":                  "vrf core1",
		"vrf core1\n:)":                         "vrf core1",
		"core1; vrf":                            "vrf core1",
		"vrf core1;":                            "vrf core1",
		"vrf core1\nVRF  core1.":                "vrf core1",
		"vrf core1\nvrf core1\n":                "vrf core1",
		"cancel\ncancel":                        "do cancel",
		"please\ncancel":                        "do cancel",
		"interfaces core1 | a;b":                "interfaces core1 | a;b",
		"vrf core1 core1 core1,core1":           "vrf core1",
		strings.Repeat("vrf core1 ", 700):       long,
		"vrf " + strings.Repeat("core1,", 1200): long,
		strings.Repeat("vrf core1\n", 700):      "vrf core1",
	} {
		if got := outcome(g.Read(text)); got != want {
			t.Errorf("%.60q: got %s, want %s", text, got, want)
		}
	}
}
