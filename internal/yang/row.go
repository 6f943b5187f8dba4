package yang

import "strings"

// Row is one entry of a list, or a container, with the leaves of the lists around it.
type Row struct {
	name    string // of the member that holds it
	members map[string]any
	parent  *Row
}

// local drops the module from module:name, and from @module:name, the metadata of a member (RFC 7952).
func local(name string) string {
	bare := name[strings.LastIndexByte(name, ':')+1:]
	if strings.HasPrefix(name, "@") && bare != name {
		return "@" + bare
	}
	return bare
}

// Get returns the value at a path of member names below the row, such as statistics/in-octets, or
// below the nearest of the lists around it that has one. A path may begin with the name of the list that
// is meant, such as network-instance/name, where a nearer one has a leaf of the same name. Values are nil,
// bool, json.Number, string, []any and map[string]any. Going through a list of several entries gives the
// list of their values.
func (r Row) Get(path string) (any, bool) {
	first, rest, named := strings.Cut(path, "/")
	for row := &r; row != nil; row = row.parent {
		if v, ok := descend(row.members, path); ok {
			return v, true
		}
		if named && local(first) == row.name {
			if v, ok := descend(row.members, rest); ok {
				return v, true
			}
		}
	}
	return nil, false
}

func descend(v any, path string) (any, bool) {
	for path != "" {
		name, rest, _ := strings.Cut(path, "/")
		switch container := v.(type) {
		case map[string]any:
			member, ok := container[local(name)]
			if !ok {
				return nil, false
			}
			v, path = member, rest
		case []any:
			var found []any
			for _, entry := range container {
				if member, ok := descend(entry, path); ok {
					found = append(found, member)
				}
			}
			if len(found) == 1 {
				return found[0], true
			}
			return found, len(found) > 0
		default:
			return nil, false
		}
	}
	return v, true
}

// Members returns the row's own members. The caller must not change them.
func (r Row) Members() map[string]any { return r.members }

// Visible returns the row's own members and the scalars of the lists around it; nearer ones hide those
// farther out. The caller must not change them.
func (r Row) Visible() map[string]any {
	parents := 0
	for p := r.parent; p != nil; p = p.parent {
		parents += len(p.members)
	}
	if parents == 0 {
		return r.members
	}
	all := make(map[string]any, parents+len(r.members))
	for row := &r; row != nil; row = row.parent {
		for name, v := range row.members {
			if _, nearer := all[name]; !nearer {
				all[name] = v
			}
		}
	}
	return all
}
