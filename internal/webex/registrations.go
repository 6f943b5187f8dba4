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

// Registration is what a socket belongs to. Webex calls it a device; it lasts until it is deleted or
// hasn't been used for days, and an account may have only so many.
type Registration struct {
	URL       string    `json:"url"`
	SocketURL string    `json:"webSocketUrl"`
	Name      string    `json:"name"`
	Modified  time.Time `json:"modificationTime"`
}

// Registrations returns those of the account: GET {wdm}/devices.
func (c *Client) Registrations(ctx context.Context, s Services) ([]Registration, error) {
	var list struct {
		Devices []Registration `json:"devices"`
	}
	_, err := c.do(ctx, http.MethodGet, s.registrations.JoinPath("devices"), "", nil, &list)
	if fault.Of(err) == fault.NotFound { // this is how it says that there are none
		return nil, nil
	}
	return list.Devices, err
}

// Register makes a registration of that name: POST {wdm}/devices.
func (c *Client) Register(ctx context.Context, s Services, name string) (Registration, error) {
	return c.registration(ctx, http.MethodPost, s.registrations.JoinPath("devices"), name)
}

// Refresh says that a registration is in use: PUT {url}. The error is NotFound when it is gone.
func (c *Client) Refresh(ctx context.Context, s Services, r Registration) (Registration, error) {
	at, err := s.ours(r)
	if err != nil {
		return Registration{}, err
	}
	return c.registration(ctx, http.MethodPut, at, r.Name)
}

// Unregister removes a registration: DELETE {url}. One that is gone already is fine.
func (c *Client) Unregister(ctx context.Context, s Services, r Registration) error {
	at, err := s.ours(r)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, http.MethodDelete, at, "", nil, nil)
	if fault.Of(err) == fault.NotFound {
		return nil
	}
	return err
}

// ours is the address of a registration, which gets the token and so must be Webex's.
func (s Services) ours(r Registration) (*url.URL, error) {
	at, err := url.Parse(r.URL)
	if err != nil || !s.trusts(at) {
		return nil, &fault.Error{Kind: fault.Unavailable, Message: "Webex named a registration at an address that isn't its own.", Cause: err}
	}
	return at, nil
}

func (c *Client) registration(ctx context.Context, method string, at *url.URL, name string) (r Registration, err error) {
	err = c.exchangeAt(ctx, method, at, map[string]string{
		"name": name, "deviceName": name, "deviceType": "DESKTOP", "model": "overwatch", "localizedModel": "overwatch",
		"systemName": "overwatch", "systemVersion": "1",
	}, &r)
	if err == nil && (r.URL == "" || r.SocketURL == "") {
		err = &fault.Error{Kind: fault.Unavailable, Message: "Webex made a registration without a socket."}
	}
	return r, err
}

// tooMany reports whether Webex says that an account has too many registrations.
func tooMany(err error) bool {
	var api *APIError
	return errors.As(err, &api) && strings.Contains(api.Message, "excessive device registrations")
}

// EnsureRegistration returns the registration of that name and makes it if need be. When the account has too
// many, the oldest third of those whose names begin with family is removed first: those in use are
// refreshed, and so are never among the oldest.
func (c *Client) EnsureRegistration(ctx context.Context, s Services, family, name string) (Registration, error) {
	all, err := c.Registrations(ctx, s)
	if err != nil {
		return Registration{}, err
	}
	for _, r := range all {
		if r.Name != name {
			continue
		}
		if fresh, err := c.Refresh(ctx, s, r); fault.Of(err) != fault.NotFound {
			return fresh, err
		}
	}
	r, err := c.Register(ctx, s, name)
	if !tooMany(err) {
		return r, err
	}
	all = slices.DeleteFunc(all, func(r Registration) bool { return !strings.HasPrefix(r.Name, family) })
	slices.SortFunc(all, func(a, b Registration) int { return a.Modified.Compare(b.Modified) })
	for _, old := range all[:(len(all)+2)/3] {
		if err := c.Unregister(ctx, s, old); err != nil {
			return Registration{}, err
		}
	}
	if r, err = c.Register(ctx, s, name); tooMany(err) {
		return r, &fault.Error{
			Kind: fault.Unavailable, Message: "The bot's account has more registrations than Webex allows, and none of them is Overwatch's to remove.",
			Hint: "Stop other programs that use the same token, or wait some days until Webex forgets them; meanwhile --transport webhook works.", Cause: err,
		}
	}
	return r, err
}
