package command

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"semesterhub/offline/internal/kit"
)

const (
	// idleFor is how long a connection waits for the next command.
	idleFor = time.Minute
	// answerWithin is how fast a connection that waited must answer to be used again.
	answerWithin = 10 * time.Second
)

// borrowed is a connection that one command has for itself. A machine is prepared in many commands,
// one after the other, and to log in for each, on two machines where there is a bastion, costs a
// small or busy machine more than the commands do.
type borrowed struct {
	client *ssh.Client
	close  func()
	key    string
	expiry *time.Timer
}

// pool has the connections that no command uses at the moment.
type pool struct {
	lock sync.Mutex
	idle map[string][]*borrowed
}

var connections = pool{idle: map[string][]*borrowed{}}

// borrow answers with a connection that waits, or makes one.
func (p *pool) borrow(ctx context.Context, connection kit.Values) (*borrowed, error) {
	key := identity(connection)
	for one := p.take(key); one != nil; one = p.take(key) {
		if answers(ctx, one.client) {
			return one, nil
		}
		one.close()
	}
	client, closeClient, err := connect(ctx, connection)
	if err != nil {
		return nil, err
	}
	return &borrowed{client: client, close: closeClient, key: key}, nil
}

func (p *pool) take(key string) *borrowed {
	p.lock.Lock()
	defer p.lock.Unlock()
	waiting := p.idle[key]
	if len(waiting) == 0 {
		return nil
	}
	one := waiting[len(waiting)-1]
	p.idle[key] = waiting[:len(waiting)-1]
	one.expiry.Stop()
	return one
}

// giveBack lets the connection wait for the next command, for a while.
func (p *pool) giveBack(one *borrowed) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.idle[one.key] = append(p.idle[one.key], one)
	one.expiry = time.AfterFunc(idleFor, func() { p.drop(one) })
}

func (p *pool) drop(one *borrowed) {
	p.lock.Lock()
	defer p.lock.Unlock()
	for at, other := range p.idle[one.key] {
		if other == one {
			p.idle[one.key] = append(p.idle[one.key][:at], p.idle[one.key][at+1:]...)
			one.close()
			return
		}
	}
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
