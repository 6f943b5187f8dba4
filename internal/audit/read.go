package audit

import (
	"fmt"
	"iter"
	"path/filepath"
)

// Read yields the records of a chain in their order. It may run while they are written. An error
// names the file, and ends it.
func Read(dir string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		names, err := files(dir)
		if err != nil {
			yield(Record{}, err)
			return
		}
		for _, name := range names {
			for r, err := range readFile(name) {
				if err != nil {
					err = fmt.Errorf("%s: %w", filepath.Base(name), err)
				}
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
	}
}

// Head is the last of a number of records.
type Head struct {
	Seq  uint64
	Hash string
}

// Verify goes through the records of a chain and returns the last one. The error says where the
// first is that was changed, or behind which one is missing. That records are missing at the end shows
// by comparing the head with one that was noted before.
func Verify(dir string) (head Head, err error) {
	for r, err := range Read(dir) {
		switch {
		case err != nil:
			return head, err
		case r.Seq != head.Seq+1:
			return head, fmt.Errorf("after record %d comes record %d", head.Seq, r.Seq)
		case r.sum() != r.Hash:
			return head, fmt.Errorf("record %d was changed", r.Seq)
		case r.Prev != head.Hash:
			return head, fmt.Errorf("record %d doesn't follow record %d as it stands there", r.Seq, head.Seq)
		}
		head = Head{r.Seq, r.Hash}
	}
	return head, nil
}
