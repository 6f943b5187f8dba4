package devicesim

import (
	"fmt"
	"strconv"
	"time"
)

// reloads returns the last reloads: of r2 one was a crash.
func (m model) reloads(boot time.Time) object {
	history := &list{}
	for i := range 2 {
		kind, severity, reason := "rc-rld", "normal", "Reload Command"
		if m.name == "r2" && i == 1 {
			kind, severity, reason = "rc-crit-proc-fault", "abnormal", "Critical process fault"
		}
		history.entries = append(history.entries, obj(
			"reload-category", kind, "reload-desc", reason, "reload-time", boot.Add(-time.Duration(i)*90*24*time.Hour).UTC().Format(deviceTime), "reload-severity", severity,
		))
	}
	return obj("rl-history", history)
}

// software returns the file systems and control processors. sw2's flash is nearly full, and sw1 has a core file.
func (m model) software(started time.Time) object {
	used, state := 25, "healthy"
	if m.name == "sw2" {
		used, state = 91, "warning"
	}
	cores := &list{keys: []string{"filename"}}
	if m.name == "sw1" {
		cores.entries = []object{obj("filename", "sw1_1_RP_0_example_1234.core.gz", "time", started.Add(-50*time.Hour).UTC().Format(deviceTime))}
	}
	loads := &list{keys: []string{"number"}}
	for _, minutes := range []int{1, 5, 15} {
		loads.entries = append(loads.entries, obj("number", strconv.Itoa(minutes), "average", fmt.Sprintf("0.%02d", 20+m.number%9+minutes)))
	}
	key := []string{"fru", "slot", "bay", "chassis"}
	return obj(
		"q-filesystem", &list{keys: key, entries: []object{obj(
			"fru", "fru-rp", "slot", 0, "bay", 0, "chassis", 1,
			"partitions", &list{keys: []string{"name"}, entries: []object{obj(
				"name", "bootflash:", "total-size", "11000000", "used-size", strconv.Itoa(110000*used), "used-percent", used, "disk-status", state, "is-primary", true, "is-writable", true,
			)}},
			"core-files", cores,
		)}},
		"control-processes", obj("control-process", &list{keys: key, entries: []object{obj(
			"fru", "fru-rp", "slot", 0, "bay", 0, "chassis", 1, "control-process-status", "Healthy",
			"memory-stats", obj("memory-status", "Healthy", "total", "7700000", "used-number", "3080000", "used-percent", "40"),
			"load-avg-minutes", obj("load-avg-minute", loads),
		)}}),
	)
}

func (m model) packages() object {
	return obj("install-location-information", &list{keys: []string{"fru", "slot", "bay", "chassis"}, entries: []object{obj(
		"fru", "fru-rp", "slot", 0, "bay", 0, "chassis", 1, "install-packages", &list{keys: []string{"pkg-dir", "pkg-name"}, entries: []object{obj(
			"pkg-dir", "bootflash:", "pkg-name", "example-"+m.release+".SPA.pkg", "pkg-data", obj(
				"pkg-name", "example-"+m.release+".SPA.pkg", "version", m.release, "pkg-size", "612000000", "verify-status", "install-package-verify-ok",
			),
		)}},
	)}})
}

// certificates returns a certificate each: r2's has expired.
func (m model) certificates(started time.Time) any {
	if !m.has(5) {
		return nil
	}
	ends := started.Add(400 * 24 * time.Hour)
	if m.name == "r2" {
		ends = started.Add(-24 * time.Hour)
	}
	return obj("crypto-pki-bundle", &list{keys: []string{"label"}, entries: []object{obj(
		"label", "LAB", "mode", "crypto-pki-mode-none", "tp-authenticated", true, "tp-enrolled", true,
		"cert", &list{entries: []object{obj(
			"cert-avail", "crypto-pki-cert-available", "cert-usage", "crypto-pki-cert-general-purpose", "serial-number", fmt.Sprintf("%02X", m.number),
			"subject-name", "cn="+m.name, "issuer-name", "cn=lab-ca", "validity-start", started.Add(-365*24*time.Hour).UTC().Format(deviceTime),
			"validity-end", ends.UTC().Format(deviceTime),
		)}},
	)}})
}

// redundancy returns the state of a stack's active switch, or of a device that is alone.
func (m model) redundancy() object {
	peer, mode := "db-rf-disabled", "none"
	if m.isSwitch() {
		peer, mode = "db-rf-standby-hot", "sso"
	}
	return obj("ha-infra", obj(
		"ha-state", "db-rf-active", "peer-state", peer, "last-switchover-time", "1970-01-01T00:00:00+00:00", "last-switchover-reason", "none",
		"leaf-mode", mode, "ha-enabled", m.isSwitch(), "has-switchover-occured", false,
	))
}

func (m model) licenses() object {
	return obj("state", obj("state-info", obj("usage", &list{keys: []string{"entitlement-tag"}, entries: []object{obj(
		"entitlement-tag", "regid.2019-01.com.cisco.example_essentials,1.0_00000000-0000-4000-8000-000000000001", "short-name", "Example Essentials",
		"license-name", "example-essentials", "description", "Example Essentials", "count", 1, "enforcement-mode", "enforcement-in-compliance",
	)}})))
}

// forwarding returns how many prefixes each VRF forwards: those of its routes.
func (m model) forwarding(started time.Time) any {
	tables := &list{keys: []string{"instance-name"}}
	for _, vrf := range append([]string{"default"}, m.vrfNames()...) {
		count := 0
		switch routes := m.routesOf(vrf, started).(type) {
		case *list:
			count = len(routes.entries)
		case *generated:
			count = routes.count
		default:
			continue
		}
		name := "IPv4:" + vrf
		if vrf == "default" {
			name = "IPv4:Default"
		}
		tables.entries = append(tables.entries, obj("instance-name", name, "af", "fib-addr-fam-ipv4", "num-pfx", count, "num-pfx-fwd", count, "num-pfx-non-fwd", 0))
	}
	if len(tables.entries) == 0 {
		return nothing{{"fib-ni-entry", tables}}
	}
	return obj("fib-ni-entry", tables)
}
