package main

import (
	"fmt"
	"strconv"
	"time"
)

// sizes are the points of each curve.
type sizes struct {
	inventories []int // devices in the inventory
	rows        []int // of one result
	fans        []int // devices of one query; powers of ten
	backlogs    []int // events in the inbox when the bot starts
	crowds      []int // who ask one device
	people      []int // with concurrent queries
	replicas    []int
}

// plan says what to measure.
type plan struct {
	lasting  time.Duration // of each load
	many     int           // people for the largest load, each with a device
	only     string
	sizes    sizes
	load     string
	kind     string
	profiles string
}

var (
	full = plan{lasting: 4 * time.Second, many: 1000, sizes: sizes{
		inventories: []int{10, 1000, 100_000}, rows: []int{10, 1000, 100_000, 1_000_000}, fans: []int{1, 10, 100, 1000},
		backlogs: []int{0, 1000, 10_000, 100_000}, crowds: []int{1, 8, 64}, people: []int{1, 64, 250, 500, 750, 1000}, replicas: []int{1, 2, 4},
	}}
	quick = plan{lasting: 200 * time.Millisecond, many: 100, sizes: sizes{
		inventories: []int{10, 1000}, rows: []int{10, 1000}, fans: []int{1, 10}, backlogs: []int{0, 100}, crowds: []int{1, 4}, people: []int{1, 10}, replicas: []int{1, 2},
	}}
)

// grouped formats a number with thousands separators.
func grouped(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}

func inMS(d time.Duration) string { return fmt.Sprintf("%.1f ms", ms(d)) }

func inMB(mb float64) string { return fmt.Sprintf("%.0f MB", mb) }
