package phrase

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"overwatch/internal/form"
	"overwatch/internal/ifname"
)

// kind is the type of an argument of a command.
type kind string

// The kinds of arguments.
const (
	anyWord     kind = "word"
	anAddress   kind = "address" // an IP address
	aPrefix     kind = "prefix"
	aMAC        kind = "mac"
	anInterface kind = "interface"
	aNumber     kind = "number"
)

// mac is a MAC address in one of its notations.
var mac = regexp.MustCompile(`^(?i:[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}|(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}|[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4})$`)

var number = regexp.MustCompile(`^\d{1,10}$`)

// otherInterface is the name of an interface on other platforms, such as eth0, ethernet-1/1 or xe-0/0/1.
var otherInterface = regexp.MustCompile(`^(?i)(?:eth|ethernet|ens|enp|et|ge|xe|ae|irb|em|fxp|mgmt|management|lag|bond|lo|system)-?\d+(?:/\d+)*(?:\.\d+)?$`)

// kindOf returns what a word can only be, or anyWord.
func kindOf(word string) kind {
	if _, err := netip.ParseAddr(word); err == nil {
		return anAddress
	}
	if _, err := netip.ParsePrefix(word); err == nil {
		return aPrefix
	}
	switch {
	case mac.MatchString(word):
		return aMAC
	case number.MatchString(word):
		return aNumber
	}
	if _, ok := ifname.Canonical(word); ok {
		return anInterface
	}
	return anyWord
}

// isAddress reports whether a word is an IP address, a prefix or a MAC address.
func isAddress(word string) bool {
	return slices.Contains([]kind{anAddress, aPrefix, aMAC}, kindOf(word))
}

// kindOfInput returns the kind of words that an input takes.
func kindOfInput(in form.Input) kind {
	switch {
	case in.Type == "interface":
		return anInterface
	case in.Type == "number":
		return aNumber
	case strings.Contains(in.Rules, "ip") || strings.Contains(in.Rules, "cidr"):
		return anAddress
	case strings.Contains(in.Rules, "mac"):
		return aMAC
	}
	return anyWord
}

// kindOfFact returns the kind of words that are compared with a fact.
func kindOfFact(title string) kind {
	for _, f := range placed {
		if slices.Contains(f.titles, title) {
			return f.kind
		}
	}
	return anyWord
}

// placed are the facts that an argument is looked for in, the first one that a query has.
var placed = []struct {
	kind   kind
	titles []string
}{
	{anInterface, []string{"Interface", "Port", "Here", "Tunnel", "Interfaces", "Ports"}},
	{anAddress, []string{"Address", "Neighbor", "Virtual address", "Server", "Next hop", "Multicast group"}},
	{aPrefix, []string{"Prefix"}},
	{aMAC, []string{"MAC", "Client"}},
	{aNumber, []string{"VLAN", "AS", "Group", "Area", "Process", "Instance", "Operation", "Switch", "PID"}},
}

// accepts reports whether a slot of one kind takes a word.
func (k kind) accepts(word string) bool {
	switch have := kindOf(word); k {
	case anyWord:
		return have == anyWord || have == aNumber || have == anInterface
	case anAddress:
		return have == anAddress || have == aPrefix
	case anInterface:
		return have == anInterface || otherInterface.MatchString(word)
	default:
		return have == k
	}
}

func never(string) bool { return false }

// joined joins words that are one argument: the type of an interface and its number, as in GigabitEthernet 1,
// and an address and its mask. Words for which apart is true stay as they are.
func joined(words []string, apart func(string) bool) []string {
	var list []string
	for i := 0; i < len(words); i++ {
		if i+1 < len(words) && !apart(words[i]) {
			if one, ok := join(words[i], words[i+1]); ok {
				list = append(list, one)
				i++
				continue
			}
		}
		list = append(list, words[i])
	}
	return list
}

func join(word, next string) (one string, ok bool) {
	if _, ok := ifname.Type(word); ok && !isNoise(word) && ifname.IsNumber(next) {
		return word + next, true
	}
	if kindOf(word) == anAddress {
		if bits, ok := maskBits(next); ok && (bits > 0 || word == next) {
			return word + "/" + strconv.Itoa(bits), true
		}
	}
	return "", false
}

// maskBits returns the length of a mask such as 255.255.255.0.
func maskBits(text string) (bits int, ok bool) {
	a, err := netip.ParseAddr(text)
	if err != nil || !a.Is4() || !strings.HasPrefix(text, "255.") && text != "0.0.0.0" {
		return 0, false
	}
	zeros := false
	for _, b := range a.As4() {
		for i := 7; i >= 0; i-- {
			switch one := b>>i&1 == 1; {
			case one && zeros:
				return 0, false
			case one:
				bits++
			default:
				zeros = true
			}
		}
	}
	return bits, true
}
