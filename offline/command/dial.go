package command

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"semesterhub/offline/internal/kit"
)

const (
	firstDelay     = 100 * time.Millisecond
	longestDelay   = 5 * time.Second
	delayGrowth    = 1.5
	keepaliveEvery = 15 * time.Second
	keepaliveWaits = 45 * time.Second
)

// dialer opens a connection to an address, from this machine or from a bastion, within its own time.
type dialer func(ctx context.Context, address string) (net.Conn, error)

func dialTCP(hop kit.Values) dialer {
	return func(ctx context.Context, to string) (net.Conn, error) {
		ctx, cancel := withTimeout(ctx, hop)
		defer cancel()
		return (&net.Dialer{}).DialContext(ctx, "tcp", to)
	}
}

// connect makes the SSH connection that the input `connection` describes. The function that it
// returns closes it.
func connect(ctx context.Context, connection kit.Values) (*ssh.Client, func(), error) {
	if !connection.Has("proxy") {
		client, err := dialHop(ctx, connection, dialTCP(connection))
		if err != nil {
			return nil, nil, err
		}
		return client, keepAlive(client), nil
	}
	proxy := connection.Object("proxy")
	var bastion *shared
	through := func(ctx context.Context, to string) (net.Conn, error) {
		if bastion != nil && !answers(ctx, bastion.client) {
			// Between two tries the bastion may have gone and come back.
			connections.leave(bastion, true)
			bastion = nil
		}
		if bastion == nil {
			var err error
			if bastion, err = borrowBastion(ctx, proxy); err != nil {
				return nil, bastionError{err}
			}
		}
		ctx, cancel := withTimeout(ctx, connection)
		defer cancel()
		return bastion.client.DialContext(ctx, "tcp", to)
	}
	client, err := dialHop(ctx, connection, through)
	if err != nil {
		if bastion != nil {
			connections.leave(bastion, false)
		}
		return nil, nil, err
	}
	stop, hop := keepAlive(client), bastion
	return client, sync.OnceFunc(func() {
		stop()
		connections.leave(hop, false)
	}), nil
}

// borrowBastion answers with the one connection to a bastion, which all that goes through it shares.
func borrowBastion(ctx context.Context, proxy kit.Values) (*shared, error) {
	return connections.borrow(ctx, "bastion "+identity(proxy), math.MaxInt,
		func() (*ssh.Client, func(), error) {
			client, err := dialHop(ctx, proxy, dialTCP(proxy))
			if err != nil {
				return nil, nil, err
			}
			return client, keepAlive(client), nil
		})
}

// bastionError is the failure of the first hop, which has had its own retries.
type bastionError struct{ err error }

func (e bastionError) Error() string { return "connection.proxy: " + e.err.Error() }
func (e bastionError) Unwrap() error { return e.err }

// dialHop connects, and tries again until more than dialErrorLimit tries have failed: a machine
// that was made a moment ago takes a while to answer.
func dialHop(ctx context.Context, hop kit.Values, dial dialer) (*ssh.Client, error) {
	config, done, err := clientConfig(hop)
	if err != nil {
		return nil, err
	}
	defer done()
	limit := hop.Int("dialErrorLimit")
	delay := firstDelay
	for failures := 1; ; failures++ {
		client, err := dialOnce(ctx, address(hop), config, dial)
		if err == nil {
			return client, nil
		}
		var wrong wrongHostKey
		var first bastionError
		if errors.As(err, &first) || errors.As(err, &wrong) {
			return nil, err
		}
		if limit != unlimited && failures > limit {
			return nil, fmt.Errorf("connecting to %s over SSH failed %d times "+
				"(dialErrorLimit %d): %w", address(hop), failures, limit, err)
		}
		timer := time.NewTimer(delay)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, fmt.Errorf("connecting to %s over SSH: %w (last: %w)",
				address(hop), ctx.Err(), err)
		case <-timer.C:
		}
		delay = min(time.Duration(float64(delay)*delayGrowth), longestDelay)
	}
}

func dialOnce(
	ctx context.Context, to string, config *ssh.ClientConfig, dial dialer,
) (*ssh.Client, error) {
	conn, err := dial(ctx, to)
	if err != nil {
		return nil, err
	}
	// The handshake has no timeout of its own, and a connection through a bastion no deadlines.
	handshake, cancel := ctx, context.CancelFunc(func() {})
	if config.Timeout > 0 {
		handshake, cancel = context.WithTimeout(ctx, config.Timeout)
	}
	defer cancel()
	stop := context.AfterFunc(handshake, func() { _ = conn.Close() })
	defer stop()
	sshConn, channels, requests, err := ssh.NewClientConn(conn, to, config)
	if err != nil {
		_ = conn.Close()
		if handshake.Err() != nil {
			err = fmt.Errorf("%w (%w)", err, handshake.Err())
		}
		return nil, err
	}
	return ssh.NewClient(sshConn, channels, requests), nil
}

func withTimeout(ctx context.Context, hop kit.Values) (context.Context, context.CancelFunc) {
	if seconds := hop.Int("perDialTimeout"); seconds > 0 {
		return context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
	}
	return context.WithCancel(ctx)
}

// keepAlive closes a connection whose other end has gone silent, so that a command on a machine
// that died does not wait for ever. The function that it returns closes the connection.
func keepAlive(client *ssh.Client) func() {
	done := make(chan struct{})
	go func() {
		ticker := time.NewTicker(keepaliveEvery)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				silent := time.AfterFunc(keepaliveWaits, func() { _ = client.Close() })
				_, _, err := client.SendRequest("keepalive@openssh.com", true, nil)
				silent.Stop()
				if err != nil {
					return
				}
			}
		}
	}()
	return sync.OnceFunc(func() {
		close(done)
		_ = client.Close()
	})
}
