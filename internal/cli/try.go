package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/sirupsen/logrus"

	"overwatch/internal/app"
	"overwatch/internal/chat"
	"overwatch/internal/config"
	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/printable"
	"overwatch/internal/query"
	"overwatch/internal/redact"
)

type tryCommand struct {
	File   string   `arg:"" type:"existingfile" help:"Query template, such as my-templates/hostname.yaml."`
	Device string   `arg:"" help:"Device to query."`
	Words  []string `arg:"" optional:"" help:"Inputs of the query, as typed."`
	config.Engine
}

// maxTried is how much of a response is printed, in bytes.
const maxTried = 4 << 10

func (c *tryCommand) Run(ctx context.Context, t *terminal) error {
	src, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	template, err := query.Compile(c.File, src)
	if err != nil {
		return &fault.Error{Kind: fault.Invalid, Message: err.Error(), Hint: "Fix the lines listed above."}
	}
	log := t.logger(c.Engine)
	if log.GetLevel() == logrus.InfoLevel {
		log.SetLevel(logrus.ErrorLevel)
	}
	mask, err := c.Masking.Redactor()
	if err != nil {
		return err
	}
	a, err := app.LoadEngine(ctx, c.Engine, log)
	if err != nil {
		return err
	}
	defer a.Close()
	out := &oneAtATime{out: t.out}
	if err := a.Try(template, func(next query.Fetcher) query.Fetcher { return watched{next, out, mask} }); err != nil {
		return err
	}
	text := strings.Join(append(append([]string{template.Word()}, c.Words...), c.Device), " ")
	replies := a.Handle(ctx, chat.Message{ID: "terminal", Room: chat.Room{ID: "terminal", Direct: true}, Text: text}, func(chat.Reply) {})
	for _, r := range replies {
		fmt.Fprintf(t.out, "\nText\n%s\n", indent(r.Text))
		if r.Card != nil {
			var card bytes.Buffer
			if err := json.Indent(&card, r.Card, "", "  "); err != nil {
				return err
			}
			fmt.Fprintf(t.out, "\nCard\n%s\n", indent(card.String()))
		}
		if r.Err != nil {
			return r.Err
		}
	}
	return nil
}

func indent(text string) string { return "  " + strings.ReplaceAll(text, "\n", "\n  ") }

// watched prints each request with the beginning of its response, once the response was read.
type watched struct {
	query.Fetcher
	out  *oneAtATime
	mask *redact.Redactor
}

// Fetch implements query.Fetcher.
func (w watched) Fetch(ctx context.Context, d inventory.Device, path, fields string) (io.ReadCloser, error) {
	request := "\nRequest\n  GET /restconf/data/" + path
	if fields != "" {
		request += "?fields=" + fields
	}
	body, err := w.Fetcher.Fetch(ctx, d, path, fields)
	if err != nil {
		message, _ := fault.Text(err)
		fmt.Fprintf(w.out, "%s\n\nResponse\n  %s\n", request, message)
		return nil, err
	}
	return &printed{ReadCloser: body, out: w.out, mask: w.mask, request: request, path: path}, nil
}

// printed prints the beginning of a response when it is closed.
type printed struct {
	io.ReadCloser
	out     io.Writer
	mask    *redact.Redactor
	request string
	path    string
	start   bytes.Buffer
	read    int
}

// Read implements io.Reader.
func (p *printed) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	p.start.Write(b[:min(n, maxTried-p.start.Len())])
	p.read += n
	return n, err
}

// Close implements io.Closer.
func (p *printed) Close() error {
	text := p.mask.JSON(printable.Lines(strings.TrimSpace(strings.ToValidUTF8(p.start.String(), ""))), p.path)
	switch {
	case text == "":
		text = "(nothing)"
	case p.read > p.start.Len():
		text += fmt.Sprintf("\n… %d bytes in total", p.read)
	}
	fmt.Fprintf(p.out, "%s\n\nResponse\n%s\n", p.request, indent(text))
	return p.ReadCloser.Close()
}
