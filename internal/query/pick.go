package query

import (
	"net/netip"
	"slices"
	"strconv"

	"overwatch/internal/form"
	"overwatch/internal/yang"
)

// picker picks rows of a response that can be picked only when all have been read. It makes one picked
// for each response.
type picker interface {
	begin(form.Values) picked
}

// picked holds the rows picked so far: few, however many are offered.
type picked interface {
	offer(yang.Row)
	rows() []yang.Row
}

// top picks the rows with the largest numbers in a leaf, or in any of several.
type top documentTop

func (t top) begin(form.Values) picked { return &largest{top: t} }

type largest struct {
	top  top
	best []numbered // largest first; of equal ones the first
}

type numbered struct {
	number float64
	row    yang.Row
}

func (l *largest) offer(row yang.Row) {
	var numbers []float64
	for _, leaf := range l.top.By {
		v, _ := row.Get(leaf)
		if n, err := strconv.ParseFloat(plain(v), 64); err == nil {
			numbers = append(numbers, n)
		}
	}
	if len(numbers) == 0 {
		return
	}
	number := slices.Max(numbers)
	at, _ := slices.BinarySearchFunc(l.best, number, func(n numbered, than float64) int {
		if n.number >= than { // an equal one that came before stays before
			return -1
		}
		return 1
	})
	if at == l.top.Rows {
		return
	}
	l.best = slices.Insert(l.best, at, numbered{number, row})
	l.best = l.best[:min(len(l.best), l.top.Rows)]
}

func (l *largest) rows() []yang.Row {
	rows := make([]yang.Row, len(l.best))
	for i, n := range l.best {
		rows[i] = n.row
	}
	return rows
}

// longest picks the rows with the longest prefix that contains the address, or the prefix, of an input, as a
// router chooses a route.
type longest struct{ leaf, input string }

func (l longest) begin(values form.Values) picked {
	return &covering{leaf: l.leaf, of: prefix(values[l.input])}
}

// maxEqual bounds the routes to one prefix.
const maxEqual = 1000

type covering struct {
	leaf string
	of   netip.Prefix
	bits int
	best []yang.Row
}

func (c *covering) offer(row yang.Row) {
	v, _ := row.Get(c.leaf)
	p := prefix(plain(v))
	switch {
	case !c.of.IsValid() || !p.IsValid() || p.Bits() > c.of.Bits() || !p.Contains(c.of.Addr()), p.Bits() < c.bits:
		return
	case p.Bits() > c.bits:
		c.bits, c.best = p.Bits(), nil
	}
	if len(c.best) < maxEqual {
		c.best = append(c.best, row)
	}
}

func (c *covering) rows() []yang.Row { return c.best }

// prefix reads a prefix, or an address as a prefix of its full length. It returns the zero Prefix for other
// text.
func prefix(s string) netip.Prefix {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked()
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(a, a.BitLen())
}
