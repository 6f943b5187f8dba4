package playground

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode/utf8"

	"overwatch/internal/fault"
	"overwatch/internal/sim/webexsim"
)

// home is the organization of the bot and its users.
const home = "example.com"

// addGuests adds bots by name and people by email. Bots belong to the organization of Overwatch, people
// to that of their email's domain.
func (l *lab) addGuests(bots, people []string) error {
	for _, name := range bots {
		email := strings.ToLower(strings.Join(strings.Fields(name), ".")) + "@webex.bot"
		if err := l.checkGuest(fmt.Sprintf("the bot name %q", name), email); err != nil {
			return err
		}
		l.guests = append(l.guests, l.webex.AddBot(name, email, home))
	}
	for _, email := range people {
		if err := l.checkGuest(fmt.Sprintf("the email %q", email), email); err != nil {
			return err
		}
		local, domain, _ := strings.Cut(email, "@")
		person := l.webex.AddPerson(displayName(local), email, strings.ToLower(domain))
		l.guests, l.people = append(l.guests, person), append(l.people, person)
	}
	return nil
}

// checkGuest returns an error if an email is invalid or taken. The error names what was given.
func (l *lab) checkGuest(given, email string) error {
	if a, err := mail.ParseAddress(email); err != nil || a.Address != email {
		return &fault.Error{Kind: fault.Invalid, Message: given + " isn't valid", Hint: "A bot is named with letters and digits, a person by an address such as carol@example.com.", Cause: err}
	}
	for _, p := range append(append([]webexsim.Person{l.bot}, l.people...), l.guests...) {
		if strings.EqualFold(p.Email, email) {
			return &fault.Error{Kind: fault.Invalid, Message: fmt.Sprintf("%s is already in the playground", p.Name), Hint: "Choose another name."}
		}
	}
	return nil
}

// displayName makes a name such as Carol Jones of carol.jones.
func displayName(local string) string {
	words := strings.FieldsFunc(local, func(r rune) bool { return strings.ContainsRune("._-+", r) })
	for i, w := range words {
		_, size := utf8.DecodeRuneInString(w)
		words[i] = strings.ToUpper(w[:size]) + w[size:]
	}
	return strings.Join(words, " ")
}

// openSpaces creates a direct space of every person with every bot, and a group space of all people and
// Overwatch.
func (l *lab) openSpaces() {
	bots := []webexsim.Person{l.bot}
	for _, g := range l.guests {
		if g.Bot {
			bots = append(bots, g)
		}
	}
	for _, person := range l.people {
		for _, bot := range bots {
			l.webex.Direct(person, bot)
		}
	}
	l.webex.AddRoom("Network operations", append(l.people[:len(l.people):len(l.people)], l.bot)...)
}
