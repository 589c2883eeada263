package command

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"semesterhub/offline/internal/kit"
)

const (
	// idleFor is how long a connection that nobody uses waits for the next command.
	idleFor = time.Minute
	// answerWithin is how fast a connection must answer to be used again.
	answerWithin = 20 * time.Second
	// sessionsAtOnce is less than what sshd allows on one connection (MaxSessions 10).
	sessionsAtOnce = 8
)

// shared is a connection that several commands may use. A machine is prepared in many commands, and
// to log in for each, on two machines where there is a bastion, costs a small or busy machine more
// than the commands do.
type shared struct {
	key string
	// ready is closed when the connection is there, or failed.
	ready  chan struct{}
	err    error
	client *ssh.Client
	close  func()
	users  int
	expiry *time.Timer
}

// pool has the connections that are open, or being made.
type pool struct {
	lock sync.Mutex
	open map[string][]*shared
}

var connections = pool{open: map[string][]*shared{}}

// borrow answers with a connection that at most `limit` use at once: one that is there, or one that
// `dial` makes.
func (p *pool) borrow(
	ctx context.Context, key string, limit int, dial func() (*ssh.Client, func(), error),
) (*shared, error) {
	for {
		one, isNew := p.join(key, limit)
		if isNew {
			one.client, one.close, one.err = dial()
			close(one.ready)
		}
		select {
		case <-one.ready:
		case <-ctx.Done():
			p.leave(one, false)
			return nil, ctx.Err()
		}
		if one.err != nil {
			p.leave(one, true)
			return nil, one.err
		}
		if isNew || answers(ctx, one.client) {
			return one, nil
		}
		p.leave(one, true)
	}
}

// join enters the caller as a user of a connection; a new one is the caller's to make.
func (p *pool) join(key string, limit int) (one *shared, isNew bool) {
	p.lock.Lock()
	defer p.lock.Unlock()
	for _, one := range p.open[key] {
		if one.users < limit {
			one.users++
			if one.expiry != nil {
				one.expiry.Stop()
			}
			return one, false
		}
	}
	one = &shared{key: key, ready: make(chan struct{}), users: 1}
	p.open[key] = append(p.open[key], one)
	return one, true
}

// leave ends the caller's use of a connection. One that is broken is used by nobody else any more.
func (p *pool) leave(one *shared, broken bool) {
	p.lock.Lock()
	defer p.lock.Unlock()
	one.users--
	if broken {
		p.forget(one)
	}
	switch listed := slices.Contains(p.open[one.key], one); {
	case one.users > 0:
	case listed:
		one.expiry = time.AfterFunc(idleFor, func() { p.expire(one) })
	case one.close != nil:
		// Not under the lock: it gives the bastion back.
		go one.close()
	}
}

func (p *pool) expire(one *shared) {
	p.lock.Lock()
	idle := one.users == 0
	if idle {
		p.forget(one)
	}
	p.lock.Unlock()
	if idle {
		one.close()
	}
}

func (p *pool) forget(one *shared) {
	p.open[one.key] = slices.DeleteFunc(p.open[one.key], func(other *shared) bool {
		return other == one
	})
}

// answers says whether the other end is still there.
func answers(ctx context.Context, client *ssh.Client) bool {
	answer := make(chan error, 1)
	go func() {
		_, _, err := client.SendRequest("keepalive@openssh.com", true, nil)
		answer <- err
	}()
	select {
	case err := <-answer:
		return err == nil
	case <-time.After(answerWithin):
	case <-ctx.Done():
	}
	return false
}

// identity tells connections apart: who logs in where, by what, trusting whom.
func identity(connection kit.Values) string {
	var text strings.Builder
	for hop := connection; ; hop = hop.Object("proxy") {
		for _, field := range hopFields() {
			fmt.Fprintf(&text, "%q", fmt.Sprint(hop.String(field.Name), hop.Int(field.Name)))
		}
		if !hop.Has("proxy") {
			return text.String()
		}
	}
}
