package query

import "strings"

// Question is what a person wants to know about the rows of a run, beside the rows themselves. The zero one
// asks nothing.
type Question struct {
	Kind  QuestionKind
	Word  string // what rows are said to be, such as up; may be empty
	Claim Filter // of Every: what has to hold for each row
}

// QuestionKind is how a question is answered.
type QuestionKind string

// The kinds of questions.
const (
	Every QuestionKind = "every" // yes if the claim holds for every row
	Some  QuestionKind = "some"  // yes if there is a row
	Many  QuestionKind = "many"  // the number of rows
)

// Text returns the text that ParseQuestion reads as this question.
func (q Question) Text() string {
	text := strings.TrimSpace(string(q.Kind) + " " + q.Word)
	if !q.Claim.Empty() {
		text += ": " + q.Claim.Text()
	}
	return text
}

// ParseQuestion reads what Text returns; of anything else it is the zero question.
func ParseQuestion(text string) Question {
	head, claim, _ := strings.Cut(text, ": ")
	kind, word, _ := strings.Cut(head, " ")
	q := Question{Kind: QuestionKind(kind), Word: word, Claim: ParseFilter(claim)}
	switch q.Kind {
	case Every, Some, Many:
		return q
	}
	return Question{}
}
