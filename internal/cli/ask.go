package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sirupsen/logrus"

	"overwatch/internal/app"
	"overwatch/internal/chat"
	"overwatch/internal/config"
	"overwatch/internal/query"
)

type askCommand struct {
	Words []string `arg:"" help:"The query as typed in a space, such as: vrf r1"`
	JSON  bool     `name:"json" env:"-" xor:"format" help:"All rows as JSON."`
	CSV   bool     `name:"csv" env:"-" xor:"format" help:"All rows as CSV."`
	XLSX  bool     `name:"xlsx" env:"-" xor:"format" help:"All rows as an Excel workbook, for a file: --xlsx >rows.xlsx."`
	Card  bool     `env:"-" xor:"format" help:"The Adaptive Card, as sent to a space."`
	config.Engine
}

func (c *askCommand) Run(ctx context.Context, t *terminal) error {
	log := t.logger(c.Engine)
	if log.GetLevel() == logrus.InfoLevel {
		log.SetLevel(logrus.ErrorLevel) // the result says what happened
	}
	a, err := app.LoadEngine(ctx, c.Engine, log)
	if err != nil {
		return err
	}
	defer a.Close()
	message := chat.Message{ID: "terminal", Room: chat.Room{ID: "terminal", Direct: true}, Text: strings.Join(c.Words, " ")}
	switch {
	case c.JSON:
		message.Format = string(query.JSON)
	case c.CSV:
		message.Format = string(query.CSV)
	case c.XLSX:
		message.Format = string(query.XLSX)
	case !c.Card:
		message.Format = string(query.Text)
	}
	replies := a.Handle(ctx, message, func(chat.Reply) {})
	var failed []error
	for _, r := range replies {
		failed = append(failed, c.print(ctx, t, r))
	}
	return errors.Join(failed...)
}

func (c *askCommand) print(ctx context.Context, t *terminal, r chat.Reply) error {
	switch {
	case r.Err != nil:
		return r.Err
	case c.Card && r.Card != nil:
		_, err := fmt.Fprintf(t.out, "%s\n", r.Card)
		return err
	case r.File == nil:
		_, err := fmt.Fprintln(t.out, r.Text)
		return err
	}
	return r.File.Write(ctx, t.out)
}
