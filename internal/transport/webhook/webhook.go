// Package webhook hears by webhooks: Webex posts what happens to an address of ours.
//
// It verifies a delivery, stores its notice and answers, in that order, and keeps the bot's own
// webhooks right. It fetches nothing and answers no questions. It is imported by internal/app.
package webhook

import (
	"errors"
	"io"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
	"github.com/sirupsen/logrus"

	"overwatch/internal/chat"
	"overwatch/internal/inbox"
	"overwatch/internal/secret"
	"overwatch/internal/webex"
)

// Path is where deliveries arrive.
const Path = "/webex-webhooks"

// signatureHeader carries the HMAC of the body (Webex guide, Webhooks, "Handling requests").
const signatureHeader = "X-Spark-Signature"

// Handler returns the handler of deliveries: 401 for a wrong signature, 400 for what is no delivery,
// 503 when the inbox has no room, else 200 as soon as the notice is kept.
func Handler(key secret.Text, sink inbox.Sink, log logrus.FieldLogger) echo.HandlerFunc {
	return func(c echo.Context) error {
		// The body is bounded by the server's middleware; reading it must come first, since the
		// signature is over its bytes as they stand.
		body, err := io.ReadAll(c.Request().Body)
		var tooLarge *echo.HTTPError
		switch {
		case errors.As(err, &tooLarge):
			return tooLarge
		case err != nil:
			return echo.NewHTTPError(http.StatusBadRequest, "the body is cut off").SetInternal(err)
		case !webex.Verify(key, body, c.Request().Header.Get(signatureHeader)):
			log.WithField("from", c.Request().RemoteAddr).Warn("refused a delivery: its signature is wrong")
			return echo.NewHTTPError(http.StatusUnauthorized, "the signature is missing or wrong")
		}
		n, err := webex.ParseNotice(body)
		if err != nil {
			return err
		}
		if !wanted(n) {
			log.WithFields(logrus.Fields{"resource": n.Resource, "event": n.Event}).Debug("ignored a delivery")
			return c.NoContent(http.StatusOK)
		}
		stored, err := sink.Put(c.Request().Context(), n)
		if err != nil {
			return err
		}
		log.WithFields(logrus.Fields{"resource": n.Resource, "id": n.ID, "stored": stored}).Debug("heard")
		return c.NoContent(http.StatusOK)
	}
}

// wanted reports whether a notice is of a kind that is answered.
func wanted(n chat.Notice) bool {
	return n.Event == "created" && slices.Contains(resources, n.Resource)
}
