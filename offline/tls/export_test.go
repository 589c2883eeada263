package tls

import "time"

// SetNow changes the time that certificates are made and renewed at, until restore.
func SetNow(clock func() time.Time) (restore func()) {
	now = clock
	return func() { now = time.Now }
}
