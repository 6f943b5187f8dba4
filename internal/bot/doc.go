// Package bot is the conversation: it takes what a person typed or pressed and returns the replies.
//
// Bot never changes. A scope is what one kind of person may use in one space: queries, devices and the
// grammar of them, with which internal/phrase reads texts. A session handles one event for one person with that person's scope. Devices are
// queried through internal/query, results kept through internal/archive, and replies drawn by
// internal/render. The package is core: it knows no Webex, no HTTP and no queue, so that a chat, a
// terminal and a test run the same code. internal/app and tests import it.
//
// Reading order: scope.go, suggest.go, share.go, activity.go,
// bot.go, session.go, command.go, record.go, form.go, spell.go, kept.go, page.go, file.go, survey.go,
// compare.go, run.go, history.go, cancel.go, message.go, press.go, handle.go.
package bot
