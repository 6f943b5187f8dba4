package render

import (
	"fmt"
	"slices"
	"strings"

	"overwatch/internal/query"
)

// answer returns the sentence that answers the question of a run: yes, no, that it can't be known, or a
// number. It is empty for a run without a question.
func answer(res query.Result) string {
	q := res.Run.Question
	if q.Kind == "" && res.Run.Filter.Counts() {
		q.Kind = query.Many
	}
	if q.Kind == "" {
		return ""
	}
	rows := func(n int) string { return rowsOf(res.Run, n) }
	incomplete := res.Ending.Outcome == query.Cut
	switch {
	case res.Ending.Outcome == query.Unknown:
		return "Can't tell."
	case q.Kind == query.Many && incomplete:
		return fmt.Sprintf("At least %s: the result was truncated.", rows(res.Total))
	case q.Kind == query.Many && res.Total < res.Read:
		return fmt.Sprintf("%s of %s%s.", thousands(res.Total), rows(res.Read), being(q.Word, res.Total))
	case q.Kind == query.Many:
		return rows(res.Total) + "."
	case q.Kind == query.Some && res.Total > 0:
		return fmt.Sprintf("Yes: %s%s.", rows(res.Total), being(q.Word, res.Total))
	case res.Total == 0 && incomplete, q.Kind == query.Every && incomplete && res.Held == res.Total:
		return "Can't tell: the result was truncated."
	case res.Total == 0 && res.Read > 0:
		return fmt.Sprintf("No: none of %s%s.", rows(res.Read), being(q.Word, 1))
	case res.Total == 0:
		return "No: there are none."
	case res.Held == res.Total && res.Total == 1:
		return fmt.Sprintf("Yes: %s%s.", rows(1), being(q.Word, 1))
	case res.Held == res.Total:
		return fmt.Sprintf("Yes: all %s%s.", rows(res.Total), being(q.Word, res.Total))
	}
	if res.Total == 1 && len(res.Others) == 1 {
		return "No: " + stateOf(res.Run.Facts(), res.Others[0]) + "."
	}
	wrong := res.Total - res.Held
	text := fmt.Sprintf("No: %s of %s%s", thousands(wrong), rows(res.Total), notBeing(q.Word, wrong))
	var named []string
	for _, row := range res.Others {
		named = append(named, stateOf(res.Run.Facts(), row))
	}
	if len(named) < wrong {
		named = append(named, fmt.Sprintf("and %s more", thousands(wrong-len(named))))
	}
	return text + ": " + strings.Join(named, ", ") + "."
}

// being returns what rows are said to be, such as " are up".
func being(word string, n int) string {
	switch {
	case word == "":
		return ""
	case n == 1:
		return " is " + Escape(word)
	}
	return " are " + Escape(word)
}

// notBeing returns what rows are said not to be, such as " aren't up".
func notBeing(word string, n int) string {
	if n == 1 {
		return " isn't " + Escape(word)
	}
	return " aren't " + Escape(word)
}

// stateOf says in short what a row is, such as 192.0.2.9 is idle.
func stateOf(facts []query.Fact, row []query.Cell) string {
	name, state := "", ""
	for i, f := range facts {
		switch {
		case f.Heading:
			name = row[i].Text
		case f.State && state == "":
			state = row[i].Text
		}
	}
	return Escape(strings.TrimSpace(name + being(state, 1)))
}

// rowsOf returns a number of rows with what a run calls them: the title of the fact that names them.
func rowsOf(run query.Run, n int) string {
	for _, f := range run.Facts() {
		if f.Heading {
			return thousands(n) + " " + plural(f.Title, n)
		}
	}
	return count(n, "row")
}

// plural returns a title as a noun for so many things.
func plural(title string, n int) string {
	if strings.ToUpper(title) != title {
		title = strings.ToLower(title)
	}
	switch {
	case n == 1:
		return title
	case slices.ContainsFunc([]string{"s", "x", "ch"}, func(end string) bool { return strings.HasSuffix(title, end) }):
		return title + "es"
	}
	return title + "s"
}

// surveyAnswer is answer for several devices.
func surveyAnswer(s query.Survey, outcomes []query.DeviceResult) string {
	q := s.Question
	if q.Kind == "" || len(outcomes) == 0 {
		return ""
	}
	var total, read, held, known int
	var wrong, none, unknown []string
	for _, o := range outcomes {
		if o.Err != nil || o.Ending.Outcome == query.Unknown || o.Ending.Outcome == query.Cut {
			unknown = append(unknown, o.Device.Name)
			continue
		}
		known++
		total, read, held = total+o.Total, read+o.Read, held+o.Held
		switch {
		case q.Kind == query.Every && o.Total == 0:
			none = append(none, o.Device.Name)
		case q.Kind == query.Every && o.Held < o.Total:
			wrong = append(wrong, fmt.Sprintf("%s (%s of %s)", o.Device.Name, thousands(o.Total-o.Held), thousands(o.Total)))
		case q.Kind == query.Some && o.Total > 0:
			wrong = append(wrong, fmt.Sprintf("%s (%s)", o.Device.Name, thousands(o.Total)))
		}
	}
	rows := func(n int) string { return rowsOf(s.On(outcomes[0].Device), n) }
	text := ""
	switch {
	case known == 0:
		return "Can't tell: no device gave an answer."
	case q.Kind == query.Many && total < read:
		text = fmt.Sprintf("%s of %s%s, on %s.", thousands(total), rows(read), being(q.Word, total), count(known, "device"))
	case q.Kind == query.Many:
		text = fmt.Sprintf("%s on %s.", rows(total), count(known, "device"))
	case q.Kind == query.Some && total > 0:
		text = fmt.Sprintf("Yes: %s%s, on %s.", rows(total), being(q.Word, total), named(wrong))
	case q.Kind == query.Some && len(unknown) > 0:
		text = fmt.Sprintf("Not on the %s that answered.", count(known, "device"))
	case q.Kind == query.Some:
		text = fmt.Sprintf("No: none of %s%s.", rows(read), being(q.Word, 1))
	case len(wrong) > 0:
		text = fmt.Sprintf("No: %s of %s%s, on %s.", thousands(total-held), rows(total), notBeing(q.Word, total-held), named(wrong))
	case total == 0:
		text = "No: there are none."
		none = nil
	case len(unknown) > 0:
		text = fmt.Sprintf("Yes on the %s that answered.", count(known, "device"))
	default:
		text = fmt.Sprintf("Yes: all %s%s, on %s.", rows(total), being(q.Word, total), count(known-len(none), "device"))
	}
	if len(none) > 0 {
		text += " None on " + named(none) + "."
	}
	if len(unknown) > 0 {
		text += " Can't tell for " + named(unknown) + "."
	}
	return text
}

// maxNamed is how many devices a sentence names.
const maxNamed = 5

func named(list []string) string {
	text := strings.Join(list[:min(len(list), maxNamed)], ", ")
	if len(list) > maxNamed {
		text += fmt.Sprintf(" and %s more", thousands(len(list)-maxNamed))
	}
	return Escape(text)
}
