package secret

import (
	"errors"
	"os"
	"strings"

	"overwatch/internal/fault"
	"overwatch/internal/follow"
)

var errEmpty = errors.New("the file is empty")

// readFile returns the secret in a file. It is read again when the file changes; while the file is
// missing or empty the last secret stays. The error is a fault of kind Invalid.
func readFile(path string) (Text, error) {
	value, err := follow.Read(func() (string, error) {
		b, err := os.ReadFile(path)
		text := strings.TrimRight(strings.TrimPrefix(string(b), "\ufeff"), "\r\n") // editors add both
		if err == nil && text == "" {
			err = errEmpty
		}
		return text, err
	}, path)
	switch {
	case errors.Is(err, errEmpty):
		return Text{}, &fault.Error{Kind: fault.Invalid, Message: "the secret file " + path + " is empty", Hint: "Write the secret into it."}
	case err != nil:
		return Text{}, &fault.Error{Kind: fault.Invalid, Message: "can't read the secret file " + path, Hint: "Check that it exists and that the bot may read it.", Cause: err}
	}
	get := value.Get
	return Text{follow: &get}, nil
}
