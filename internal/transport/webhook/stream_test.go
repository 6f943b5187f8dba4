package webhook

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func read(source string, limit int) string {
	var got []string
	for e, err := range readStream(strings.NewReader(source), limit) {
		if err != nil {
			return err.Error()
		}
		text := fmt.Sprintf("%s/%s/%q", e.id, e.name, e.data)
		if e.tooLarge {
			text += " too large"
		}
		got = append(got, text)
	}
	return strings.Join(got, " ")
}

func TestReadStream(t *testing.T) {
	for name, tc := range map[string]struct{ source, want string }{
		"one":                     {"data: a\n\n", `//"a"`},
		"several lines":           {"data: a\ndata:b\n\n", `//"a\nb"`},
		"ids last":                {"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n", `1//"a" 1//"b" //"c"`},
		"names don't":             {"event: ping\ndata: a\n\ndata: b\n\n", `/ping/"a" //"b"`},
		"comments":                {": keep-alive\n\n:\n\ndata: a\n\n", `//"a"`},
		"ends of lines":           {"data: a\r\n\r\ndata: b\r\rdata: c\n\n", `//"a" //"b" //"c"`},
		"a byte order mark":       {"\ufeffdata: a\n\n", `//"a"`},
		"an unfinished one":       {"data: a\n\ndata: b\n", `//"a"`},
		"without data":            {"event: x\nid: 2\n\ndata: a\n\n", `2//"a"`},
		"unknown fields":          {"retry: 10\nwhat: ever\ndata: a\n\n", `//"a"`},
		"too large":               {"data: a\n\nid: 7\ndata: " + strings.Repeat("x", 100) + "\n\ndata: b\n\n", `//"a" 7//"" too large 7//"b"`},
		"too many lines":          {strings.Repeat("data: xxxxx\n", 100) + "\ndata: b\n\n", `//"" too large //"b"`},
		"a line without an end":   {"data: " + strings.Repeat("x", 10_000), ""},
		"a large comment":         {":" + strings.Repeat("x", 100) + "\n\ndata: b\n\n", `//"" too large //"b"`},
		"an id with a null in it": {"id: a\x00b\ndata: a\n\n", `//"a"`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := read(tc.source, 50); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
	for _, err := range readStream(io.MultiReader(strings.NewReader("data: a\n"), broken{}), 50) {
		if err == nil {
			t.Error("a broken stream has no error")
		}
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("broken") }

func FuzzReadStream(f *testing.F) {
	f.Add("id: 7\nevent: ping\ndata: {}\n\n: x\r\n\r\ndata: {\"bodyB\":\"e30=\",\"x-spark-signature\":\"00\"}\n\n", 50)
	f.Fuzz(func(t *testing.T, source string, limit int) {
		limit = min(max(limit, 1), 1000)
		for e, err := range readStream(strings.NewReader(source), limit) {
			if err != nil || len(e.data) > limit+strings.Count(source, "\n")+strings.Count(source, "\r") || e.tooLarge && e.data != "" {
				t.Errorf("%+v, %v", e, err)
			}
			_, _, _ = unpack(e.data)
		}
	})
}
