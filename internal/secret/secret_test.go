package secret_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"

	"overwatch/internal/fault"
	"overwatch/internal/secret"
)

func TestNeverPrinted(t *testing.T) {
	s := secret.New("hunter2")
	holder := struct {
		Token secret.Text
		Many  []secret.Text
		Ptr   *secret.Text

		hidden secret.Text // whose methods fmt doesn't call
	}{s, []secret.Text{s}, &s, s}
	var log strings.Builder
	logger := logrus.New()
	logger.SetOutput(&log)
	logger.WithField("token", s).WithField("holder", holder).Info(s)
	logger.SetFormatter(&logrus.JSONFormatter{})
	logger.WithField("token", s).Info(s)
	j, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	printed := []string{log.String(), string(j)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		printed = append(printed, fmt.Sprintf(verb, s), fmt.Sprintf(verb, holder), fmt.Sprintf(verb, holder.Many))
	}
	for _, p := range printed {
		if strings.Contains(p, "hunter2") || strings.Contains(p, fmt.Sprintf("%x", "hunter2")) {
			t.Errorf("printed: %s", p)
		}
	}
	if s.Reveal() != "hunter2" || s.IsZero() || !(secret.Text{}).IsZero() {
		t.Error("the secret itself is lost")
	}
}

func TestRef(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"good": "hunter2\r\n", "empty": "\n", "bom": "\ufeffhunter2\n", "only a bom": "\ufeff\r\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("TEST_SECRET", "hunter3")
	for name, c := range map[string]struct {
		ref  secret.Ref
		want string
		say  string
	}{
		"environment":            {secret.Ref{Env: "TEST_SECRET"}, "hunter3", ""},
		"file":                   {secret.Ref{File: filepath.Join(dir, "good")}, "hunter2", ""},
		"a byte order mark":      {secret.Ref{File: filepath.Join(dir, "bom")}, "hunter2", ""},
		"only a byte order mark": {secret.Ref{File: filepath.Join(dir, "only a bom")}, "", "the secret file " + filepath.Join(dir, "only a bom") + " is empty"},
		"unset":                  {secret.Ref{Env: "TEST_NOTHING"}, "", "the environment variable TEST_NOTHING is not set"},
		"empty":                  {secret.Ref{File: filepath.Join(dir, "empty")}, "", "the secret file " + filepath.Join(dir, "empty") + " is empty"},
		"absent":                 {secret.Ref{File: "/nowhere"}, "", "can't read the secret file /nowhere"},
		"both":                   {secret.Ref{Env: "A", File: "B"}, "", "a secret is named by env or by file, not by both"},
		"neither":                {secret.Ref{}, "", "the secret is missing"},
	} {
		got, err := c.ref.Read()
		say := ""
		if err != nil {
			say, _ = fault.Text(err)
		}
		if got.Reveal() != c.want || say != c.say {
			t.Errorf("%s: got %q, %q", name, got.Reveal(), say)
		}
	}
}
