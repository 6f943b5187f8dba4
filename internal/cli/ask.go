package cli

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/sirupsen/logrus"

	"overwatch/internal/app"
	"overwatch/internal/chat"
	"overwatch/internal/config"
)

type askCommand struct {
	Words []string `arg:"" help:"What you would write in a space, such as: vrf r1"`
	JSON  bool     `name:"json" env:"-" xor:"format" help:"All rows as JSON."`
	CSV   bool     `name:"csv" env:"-" xor:"format" help:"All rows as CSV."`
	Card  bool     `env:"-" xor:"format" help:"The Adaptive Card that a space would get."`
	config.Asking
}

func (c *askCommand) Run(ctx context.Context, t *terminal) error {
	log := t.logger(c.Asking)
	if log.GetLevel() == logrus.InfoLevel {
		log.SetLevel(logrus.ErrorLevel) // the answer itself says what happened
	}
	a, err := app.LoadAnswering(ctx, c.Asking, log)
	if err != nil {
		return err
	}
	defer a.Close()
	text := strings.Join(c.Words, " ")
	switch {
	case c.JSON:
		text += " json"
	case c.CSV, !c.Card:
		text += " csv" // a table is drawn from it
	}
	replies := a.Handle(ctx, chat.Message{ID: "terminal", Room: chat.Room{ID: "terminal", Direct: true}, Text: text}, func(chat.Reply) {})
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
	case c.JSON || c.CSV:
		return r.File.Write(ctx, t.out)
	}
	return table(ctx, r.File, t.out)
}

// table draws a CSV file as a table while it is written.
func table(ctx context.Context, f *chat.File, out io.Writer) error {
	read, write := io.Pipe()
	go func() { write.CloseWithError(f.Write(ctx, write)) }()
	rows := csv.NewReader(read)
	rows.ReuseRecord = true
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for n := 0; ; n++ {
		row, err := rows.Read()
		switch {
		case errors.Is(err, io.EOF) && n == 1:
			_, err := fmt.Fprintln(out, "No rows.")
			return err
		case errors.Is(err, io.EOF):
			return w.Flush()
		case err != nil:
			return errors.Join(err, read.CloseWithError(err))
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(strings.Join(row, "\t"), "\t")); err != nil {
			return errors.Join(err, read.CloseWithError(err))
		}
	}
}
