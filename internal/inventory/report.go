package inventory

import (
	"fmt"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
)

// Age returns how old the devices of the source are that hasn't answered for longest; 0 while all
// sources answer.
func (in *Inventory) Age(now time.Time) time.Duration {
	oldest := time.Duration(0)
	for _, s := range in.stale {
		oldest = max(oldest, now.Sub(s.At))
	}
	return oldest
}

// maxNamed is how many devices a warning names.
const maxNamed = 5

// WarnInsecure logs which devices' certificates aren't checked.
func (in *Inventory) WarnInsecure(log logrus.FieldLogger) {
	var names []string
	for d := range in.All() {
		if d.TLS.Insecure {
			names = append(names, d.Name)
		}
	}
	if len(names) == 0 {
		return
	}
	more := ""
	if n := len(names) - maxNamed; n > 0 {
		names, more = names[:maxNamed], fmt.Sprintf(" and %d more", n)
	}
	log.Warnf("certificates aren't checked, so anyone between the bot and these devices can read their login: %s%s", strings.Join(names, ", "), more)
}
