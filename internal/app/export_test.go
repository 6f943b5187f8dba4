package app

import "time"

// SetHoldsUp shortens how long a stage of one event is retried while Webex works otherwise.
func (a *App) SetHoldsUp(d time.Duration) { a.holdsUp = d }
