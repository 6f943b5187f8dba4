package ansible

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// maxHosts is how many hosts one pattern may stand for.
const maxHosts = 100_000

// The forms of hosts that may have a port behind them (ansible/parsing/utils/addresses.py). Numbers and
// letters may be ranges, such as [1:3].
var (
	bracketed = regexp.MustCompile(`^\[(.+)\]:([0-9]+)$`)
	withPort  = regexp.MustCompile(`^((?:[^:\[\]]|\[[^\]]*\])*):([0-9]+)$`)
	hostLabel = regexp.MustCompile(`(?i)^(?:[\pL\pN_]|` + alphanumeric + `)(?:[\pL\pN_-]|` + alphanumeric + `)*$`)
	ipv6      = regexp.MustCompile(`(?i)^(?:` + strings.ReplaceAll(
		`(?:C:){7}C|(?:C:){1,6}:|(?:C:)(?::C){1,6}|(?:C:){2}(?::C){1,5}|(?:C:){3}(?::C){1,4}|(?:C:){4}(?::C){1,3}|(?:C:){5}(?::C){1,2}|(?:C:){6}(?::C)|:(?::C){1,6}|C?::`,
		"C", `(?:[0-9a-f]{1,4}|\[(?:[0-9a-f]+:[0-9a-f]+)(?::[0-9]+)?\])`) + `)`)
)

const alphanumeric = `\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\]`

// hosts returns the hosts of a pattern, such as r[1:3] or sw[01:10:2].example, and the port behind it,
// or 0.
func hosts(pattern string) (names []string, port int, err error) {
	name, port := splitPort(pattern)
	if !strings.Contains(name, "[") {
		return []string{name}, port, nil
	}
	names, err = expand(name)
	return names, port, err
}

// splitPort takes the port off what looks like a host; anything else is left as it is.
func splitPort(pattern string) (name string, port int) {
	name = pattern
	for _, form := range []*regexp.Regexp{bracketed, withPort} {
		if m := form.FindStringSubmatch(name); m != nil {
			n, err := strconv.Atoi(m[2])
			if err != nil {
				return pattern, 0
			}
			name, port = m[1], n
		}
	}
	if !isHostname(name) && !ipv6.MatchString(name) {
		return pattern, 0
	}
	return name, port
}

func isHostname(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if !hostLabel.MatchString(label) || strings.HasSuffix(label, "-") || strings.HasSuffix(label, "_") {
			return false
		}
	}
	return true
}

// expand replaces the first range of a pattern by its values, and those in what comes out.
func expand(pattern string) ([]string, error) {
	// Ansible looks for the first of either bracket.
	parts := strings.Split(strings.Replace(strings.Replace(pattern, "[", "|", 1), "]", "|", 1), "|")
	if len(parts) != 3 {
		return nil, fmt.Errorf("host %q isn't a range such as r[1:3]", pattern)
	}
	values, err := span(parts[1])
	if err != nil {
		return nil, fmt.Errorf("host %q: %w", pattern, err)
	}
	var names []string
	for _, v := range values {
		name := parts[0] + v + parts[2]
		if !strings.Contains(name, "[") {
			names = append(names, name)
			continue
		}
		more, err := expand(name)
		if err != nil {
			return nil, err
		}
		if len(names)+len(more) > maxHosts {
			return nil, fmt.Errorf("host %q stands for more than %d", pattern, maxHosts)
		}
		names = append(names, more...)
	}
	return names, nil
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// span returns the values of a range, both ends included.
func span(text string) ([]string, error) {
	bounds := strings.Split(text, ":")
	if len(bounds) != 2 && len(bounds) != 3 || bounds[1] == "" {
		return nil, fmt.Errorf("[%s] isn't [first:last] or [first:last:step]", text)
	}
	first, last, step := bounds[0], bounds[1], 1
	if first == "" {
		first = "0"
	}
	if len(bounds) == 3 {
		n, err := strconv.Atoi(bounds[2])
		if err != nil || n == 0 {
			return nil, fmt.Errorf("%q is no step", bounds[2])
		}
		step = n
	}
	width := 0
	if len(first) > 1 && first[0] == '0' {
		if width = len(first); width != len(last) {
			return nil, fmt.Errorf("[%s]: both ends need the same number of digits", text)
		}
	}
	from, to := strings.Index(letters, first), strings.Index(letters, last)
	alphabetic := from >= 0 && to >= 0
	if alphabetic && from > to {
		return nil, fmt.Errorf("[%s] ends before it begins", text)
	}
	if !alphabetic {
		var err error
		if from, err = strconv.Atoi(first); err != nil {
			return nil, fmt.Errorf("%q is neither a number nor a letter", first)
		}
		if to, err = strconv.Atoi(last); err != nil {
			return nil, fmt.Errorf("%q is neither a number nor a letter", last)
		}
	}
	if (to-from)/step >= maxHosts {
		return nil, fmt.Errorf("[%s] stands for more than %d", text, maxHosts)
	}
	var values []string
	for n := from; step > 0 && n <= to || step < 0 && n > to+1; n += step {
		if alphabetic {
			values = append(values, letters[n:n+1])
			continue
		}
		values = append(values, fmt.Sprintf("%0*d", width, n))
	}
	return values, nil
}
