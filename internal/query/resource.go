package query

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"overwatch/internal/form"
	"overwatch/internal/yang"
)

// resource is a data resource below {+restconf}/data, with gaps for the values of inputs.
type resource struct {
	parts  []string // literal text around the gaps; one more than there are inputs
	inputs []string
}

var (
	gap     = regexp.MustCompile(`\{([^{}]*)\}`)
	literal = regexp.MustCompile(`^[A-Za-z0-9._~%:=,/-]*$`)
	module  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9._-]*:[A-Za-z_]`)
)

func compileResource(src string, inputs map[string]bool) (resource, error) {
	switch {
	case src == "":
		return resource{}, errors.New("no get; it is the data resource, such as Cisco-IOS-XE-native:native/vrf")
	case !module.MatchString(src):
		return resource{}, fmt.Errorf("get %q doesn't start with module:node", src)
	}
	var p resource
	at := 0
	for _, m := range gap.FindAllStringSubmatchIndex(src, -1) {
		id := src[m[2]:m[3]]
		if !inputs[id] {
			return resource{}, fmt.Errorf("get %q uses {%s}, which isn't among the inputs", src, id)
		}
		p.parts = append(p.parts, src[at:m[0]])
		p.inputs = append(p.inputs, id)
		at = m[1]
	}
	p.parts = append(p.parts, src[at:])
	for _, part := range p.parts {
		if !literal.MatchString(part) {
			return resource{}, fmt.Errorf("get %q has characters that a path can't have; write keys as {input}", src)
		}
	}
	if strings.HasSuffix(src, "/") || strings.Contains(src, "//") || strings.Contains("/"+src+"/", "/../") {
		return resource{}, fmt.Errorf("get %q has an empty or a .. part", src)
	}
	return p, nil
}

// fill returns the path with the values in its gaps, each encoded as a list key (RFC 8040, 3.5.3).
func (p resource) fill(values form.Values) string {
	var b strings.Builder
	for i, part := range p.parts {
		b.WriteString(part)
		if i < len(p.inputs) {
			b.WriteString(yang.EscapeKey(values[p.inputs[i]]))
		}
	}
	return b.String()
}
