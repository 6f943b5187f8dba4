package webex

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"overwatch/internal/fault"
)

// Registration is what a socket is opened for; Webex calls it a device. It exists until it is deleted
// or unused for days. The number per account is limited.
type Registration struct {
	URL       string    `json:"url"`
	SocketURL string    `json:"webSocketUrl"`
	Name      string    `json:"name"`
	Modified  time.Time `json:"modificationTime"`
}

// Registrations returns all registrations of the account: GET {wdm}/devices.
func (c *Client) Registrations(ctx context.Context, s Services) ([]Registration, error) {
	var list struct {
		Devices []Registration `json:"devices"`
	}
	_, err := c.do(ctx, http.MethodGet, s.registrations.JoinPath("devices"), "", nil, &list)
	if fault.Of(err) == fault.NotFound { // how Webex says that there are none
		return nil, nil
	}
	return list.Devices, err
}

// Register creates a registration: POST {wdm}/devices.
func (c *Client) Register(ctx context.Context, s Services, name string) (Registration, error) {
	return c.registration(ctx, http.MethodPost, s.registrations.JoinPath("devices"), name)
}

// Refresh marks a registration as used: PUT {url}. The error is NotFound if it no longer exists, and
// errNoSocket if it has lost its socket.
func (c *Client) Refresh(ctx context.Context, s Services, r Registration) (Registration, error) {
	at, err := s.registrationURL(r)
	if err != nil {
		return Registration{}, err
	}
	return c.registration(ctx, http.MethodPut, at, r.Name)
}

// Unregister deletes a registration: DELETE {url}. It is no error if it no longer exists.
func (c *Client) Unregister(ctx context.Context, s Services, r Registration) error {
	at, err := s.registrationURL(r)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, http.MethodDelete, at, "", nil, nil)
	if fault.Of(err) == fault.NotFound {
		return nil
	}
	return err
}

// registrationURL returns the address of a registration. Since it gets the token, it must be Webex's.
func (s Services) registrationURL(r Registration) (*url.URL, error) {
	at, err := url.Parse(r.URL)
	if err != nil || !s.trusts(at) {
		return nil, &fault.Error{Kind: fault.Unavailable, Message: "Webex returned a registration at an address that isn't its own.", Cause: err}
	}
	return at, nil
}

var errNoSocket = &fault.Error{Kind: fault.Unavailable, Message: "Webex returned a registration without a socket."}

// registration creates or refreshes a registration.
func (c *Client) registration(ctx context.Context, method string, at *url.URL, name string) (r Registration, err error) {
	err = c.exchangeAt(ctx, method, at, map[string]string{
		"name": name, "deviceName": name, "deviceType": "DESKTOP", "model": "overwatch", "localizedModel": "overwatch",
		"systemName": "overwatch", "systemVersion": "1",
	}, &r)
	if err == nil && (r.URL == "" || r.SocketURL == "") {
		err = errNoSocket
	}
	return r, err
}

// tooMany reports whether err means that the account has reached the limit of registrations.
func tooMany(err error) bool {
	var api *APIError
	return errors.As(err, &api) && strings.Contains(api.Message, "excessive device registrations")
}

// EnsureRegistration returns the registration with this name, creating it if needed. If the account
// has too many, it deletes the oldest third of those whose names begin with family. Registrations in
// use are refreshed regularly, so they are never among the oldest.
func (c *Client) EnsureRegistration(ctx context.Context, s Services, family, name string) (Registration, error) {
	all, err := c.Registrations(ctx, s)
	if err != nil {
		return Registration{}, err
	}
	for _, r := range all {
		if r.Name != name {
			continue
		}
		switch fresh, err := c.Refresh(ctx, s, r); {
		case errors.Is(err, errNoSocket): // refreshing it again won't help
			if err := c.Unregister(ctx, s, r); err != nil {
				return Registration{}, err
			}
		case fault.Of(err) != fault.NotFound:
			return fresh, err
		}
	}
	r, err := c.Register(ctx, s, name)
	if !tooMany(err) {
		return r, err
	}
	if err := c.deleteOldest(ctx, s, all, family); err != nil {
		return Registration{}, err
	}
	if r, err = c.Register(ctx, s, name); tooMany(err) {
		return r, &fault.Error{
			Kind: fault.Unavailable, Message: "The bot's account has more registrations than Webex allows, and Overwatch created none of them.",
			Hint: "Stop other programs that use the same token, or wait some days until Webex deletes them; meanwhile use --transport webhook.", Cause: err,
		}
	}
	return r, err
}

func (c *Client) deleteOldest(ctx context.Context, s Services, all []Registration, family string) error {
	all = slices.DeleteFunc(all, func(r Registration) bool { return !strings.HasPrefix(r.Name, family) })
	slices.SortFunc(all, func(a, b Registration) int { return a.Modified.Compare(b.Modified) })
	for _, old := range all[:(len(all)+2)/3] {
		if err := c.Unregister(ctx, s, old); err != nil {
			return err
		}
	}
	return nil
}
