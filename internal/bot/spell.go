package bot

import (
	"context"
	"slices"
	"strings"

	"overwatch/internal/form"
	"overwatch/internal/ifname"
)

// spell replaces typed values by the device's own spelling, as in mgmt for the VRF MGMT. A value stays as it is
// if the device has it, or has none or several that are the same but for their case.
func (s *session) spell(ctx context.Context, c command, values form.Values) {
	device := c.devices[0]
	for _, in := range c.query.Inputs {
		typed, _ := c.inputs[in.ID].(string)
		if in.Suggest == nil || typed == "" || typed == in.Value {
			continue
		}
		same := strings.EqualFold
		if in.Type == "interface" {
			if full, _ := ifname.Canonical(typed); full == typed || device.Platform == ifname.Platform {
				continue
			}
			values[in.ID] = typed // expanded by the rules of another platform until now
			same = ifname.Same
		}
		offered := s.suggested(ctx, *in.Suggest, device)
		matches := slices.DeleteFunc(slices.Clone(offered), func(v string) bool { return !same(v, typed) })
		if len(matches) == 1 && !slices.Contains(offered, typed) {
			values[in.ID] = matches[0]
		}
	}
}
