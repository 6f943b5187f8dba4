// Package ansible is the inventory source that reads an Ansible inventory: YAML or INI, a file or a
// directory, with the group_vars and host_vars beside it. What ansible-inventory reads without an error is
// read alike; a test compares the two on generated inventories.
//
// It takes names, addresses, groups and platforms of hosts. Logins stay with Overwatch: vaults aren't
// opened, templates aren't rendered, scripts and plugins aren't run. Only internal/app imports it.
//
// Reading order: pattern.go, value.go, tree.go, yaml.go, ini.go, vars.go, load.go, ansible.go.
package ansible
