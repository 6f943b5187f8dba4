package audit

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
)

// Head is the last record of a chain.
type Head struct {
	Seq     uint64
	Hash    string
	Records int // how many records were read up to it
}

// Chains returns the directories of the chains in a directory.
func Chains(dir string) ([]string, error) {
	chains, err := filepath.Glob(filepath.Join(dir, "*"))
	chains = slices.DeleteFunc(chains, func(path string) bool {
		info, err := os.Stat(path)
		return err != nil || !info.IsDir()
	})
	slices.SortFunc(chains, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return chains, err
}

// files returns the paths of a chain's files, oldest first.
func files(dir string) ([]string, error) {
	names, err := filepath.Glob(filepath.Join(dir, "audit-*.jsonl"))
	slices.Sort(names)
	return names, err
}

// links verifies that records follow each other.
type links struct {
	head   Head
	broken bool // a break was reported behind the head
	inside bool // the first record is somewhere in a chain
}

// follow returns why a record doesn't follow the head, or "", and makes the record the head.
func (l *links) follow(r Record) (reason string) {
	switch {
	case l.inside && l.head.Records == 0 || l.broken:
	case r.Seq != l.head.Seq+1:
		reason = fmt.Sprintf("record %d follows record %d", r.Seq, l.head.Seq)
	case r.Prev != l.head.Hash:
		reason = fmt.Sprintf("record %d doesn't have the hash of record %d", r.Seq, l.head.Seq)
	}
	l.head, l.broken = Head{r.Seq, r.Hash, l.head.Records + 1}, false
	return reason
}

// Read yields the records of a chain in their order. What is damaged is a *Break, and what can be read
// behind it follows. Any other error ends it. It may run while records are written.
func Read(dir string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		names, err := files(dir)
		if err != nil {
			yield(Record{}, err)
			return
		}
		var chain links
		for i, name := range names {
			more := true
			c := scan(name, 0, func(r Record, b *Break) bool {
				if b != nil {
					chain.broken = true
					more = yield(Record{}, b)
					return more
				}
				if reason := chain.follow(r); reason != "" {
					more = yield(Record{}, &Break{File: filepath.Base(name), Reason: reason})
				}
				more = more && yield(r, nil)
				return more
			})
			if more && len(c.rest) > 0 && i < len(names)-1 { // in the last file it is being written
				chain.broken = true
				more = yield(Record{}, &Break{File: filepath.Base(name), Reason: "the last line is cut off"})
			}
			if !more {
				return
			}
		}
	}
}

// maxBreaks bounds how many breaks Verify returns.
const maxBreaks = 100

// Verify reads a chain and returns its last record. The error joins the breaks of the chain, at most a
// hundred. That records are missing at the end shows when the head is compared with an earlier one.
func Verify(dir string) (Head, error) {
	var head Head
	var breaks []error
	for r, err := range Read(dir) {
		switch {
		case err == nil:
			head = Head{r.Seq, r.Hash, head.Records + 1}
		case len(breaks) < maxBreaks:
			breaks = append(breaks, err)
		}
	}
	return head, errors.Join(breaks...)
}
