package audit

import "overwatch/internal/chat"

// History returns the last runs of a person, newest first, at most limit.
func (l *Log) History(person string, limit int) (list []chat.PastRun) {
	for _, r := range l.Recent(person, limit) {
		list = append(list, chat.PastRun{At: r.At, Room: r.Space, Outcome: r.Outcome, Run: r.Run})
	}
	return list
}
