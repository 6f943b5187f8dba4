package query

import (
	"maps"

	"overwatch/internal/yang"
)

// record is a row of the first request and the rows of other requests that are joined to it.
type record struct {
	row    yang.Row
	joined []yang.Row
}

// get looks for a leaf in the row first, then in the rows joined to it.
func (r record) get(leaf string) (any, bool) {
	if v, ok := r.row.Get(leaf); ok {
		return v, true
	}
	for _, j := range r.joined {
		if v, ok := j.Get(leaf); ok {
			return v, true
		}
	}
	return nil, false
}

// members returns the members of all rows; the first request's win.
func (r record) members() map[string]any {
	if len(r.joined) == 0 {
		return r.row.Visible()
	}
	all := map[string]any{}
	for _, j := range r.joined {
		maps.Copy(all, j.Members())
	}
	maps.Copy(all, r.row.Visible())
	return all
}
