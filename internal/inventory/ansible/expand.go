package ansible

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// maxHosts is how many hosts one pattern may stand for.
const maxHosts = 100_000

// expand returns the hosts of a name with ranges, such as r[1:3] or sw[01:10:2].example or [a:c]1
// (Ansible, "Adding ranges of hosts"). A bracket without a colon is part of a name.
func expand(pattern string) ([]string, error) {
	open := strings.IndexByte(pattern, '[')
	length := strings.IndexByte(pattern[max(open, 0):], ']')
	if open < 0 || length < 0 || !strings.Contains(pattern[open:open+length], ":") {
		return []string{pattern}, nil
	}
	values, err := span(pattern[open+1 : open+length])
	if err != nil {
		return nil, fmt.Errorf("host %q: %w", pattern, err)
	}
	rest, err := expand(pattern[open+length+1:])
	if err != nil {
		return nil, err
	}
	if len(values)*len(rest) > maxHosts {
		return nil, fmt.Errorf("host %q stands for more than %d", pattern, maxHosts)
	}
	hosts := make([]string, 0, len(values)*len(rest))
	for _, v := range values {
		for _, r := range rest {
			hosts = append(hosts, pattern[:open]+v+r)
		}
	}
	return hosts, nil
}

// span returns the values of a range, both ends included.
func span(text string) ([]string, error) {
	parts := strings.Split(text, ":")
	step := 1
	if len(parts) == 3 {
		n, err := strconv.Atoi(parts[2])
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is no step", parts[2])
		}
		step = n
	}
	if len(parts) > 3 || parts[1] == "" {
		return nil, fmt.Errorf("[%s] isn't [first:last] or [first:last:step]", text)
	}
	first, last := parts[0], parts[1]
	if letter(first) && letter(last) {
		var values []string
		for c := int(first[0]); c <= int(last[0]); c += step {
			values = append(values, string(rune(c)))
		}
		return values, ordered(values, text)
	}
	from, err := strconv.Atoi(cmp.Or(first, "0"))
	if err != nil {
		return nil, fmt.Errorf("%q is neither a number nor a letter", first)
	}
	to, err := strconv.Atoi(last)
	if err != nil {
		return nil, fmt.Errorf("%q is neither a number nor a letter", last)
	}
	if (to-from)/step >= maxHosts {
		return nil, fmt.Errorf("[%s] stands for more than %d", text, maxHosts)
	}
	width := 0
	if strings.HasPrefix(first, "0") {
		width = len(first)
	}
	var values []string
	for n := from; n <= to; n += step {
		values = append(values, fmt.Sprintf("%0*d", width, n))
	}
	return values, ordered(values, text)
}

func ordered(values []string, text string) error {
	if len(values) == 0 {
		return fmt.Errorf("[%s] ends before it begins", text)
	}
	return nil
}

func letter(s string) bool {
	return len(s) == 1 && (s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z')
}
