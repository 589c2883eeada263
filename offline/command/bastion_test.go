package command_test

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestBastion(t *testing.T) {
	target, bastion := startSSHD(t), startSSHD(t)
	through := func(target, bastion map[string]any) map[string]any {
		return map[string]any{"create": "echo $SSH_CONNECTION",
			"connection": with(target, map[string]any{"proxy": bastion})}
	}
	r := remote(t).MustCreate(through(target.connection(), bastion.connection()))
	if !strings.HasSuffix(r.Text("stdout"), " "+strconv.Itoa(target.port)) {
		t.Errorf("%q", r.Text("stdout"))
	}
	if bastion.logins(t) != 1 || target.logins(t) != 1 {
		t.Errorf("%d logins at the bastion, %d at the target", bastion.logins(t), target.logins(t))
	}
	for name, inputs := range map[string]map[string]any{
		"bastion": through(target.connection(),
			with(bastion.connection(), map[string]any{"hostKey": target.hostKey})),
		"target": through(with(target.connection(),
			map[string]any{"hostKey": bastion.hostKey}), bastion.connection()),
	} {
		err := remote(t).Create(inputs)
		if err == nil || !strings.Contains(err.Error(), "is not the one in `hostKey`") {
			t.Fatalf("a wrong host key of the %s: %v", name, err)
		}
		if strings.Contains(err.Error(), "connection.proxy") != (name == "bastion") {
			t.Errorf("which of the two is it? %v", err)
		}
	}
	_, stranger, _ := newKeyFile(t, t.TempDir(), "stranger")
	err := remote(t).Create(through(target.connection(), with(bastion.connection(),
		map[string]any{"privateKey": stranger, "dialErrorLimit": 1})))
	if err == nil || !strings.Contains(err.Error(), "connection.proxy") ||
		!strings.Contains(err.Error(), "failed 2 times") {
		t.Errorf("the bastion's own limit: %v", err)
	}
}

func TestAConnectionIsUsedAgain(t *testing.T) {
	target, bastion := startSSHD(t), startSSHD(t)
	inputs := map[string]any{"create": "echo $SSH_CONNECTION",
		"connection": with(target.connection(), map[string]any{"proxy": bastion.connection()})}
	first := remote(t).MustCreate(inputs)
	if err := remote(t).Create(with(inputs, map[string]any{"create": "exit 3"})); err == nil {
		t.Error("no error")
	}
	again := remote(t).MustCreate(inputs)
	if first.Text("stdout") != again.Text("stdout") {
		t.Errorf("%q, then %q", first.Text("stdout"), again.Text("stdout"))
	}
	if bastion.logins(t) != 1 || target.logins(t) != 1 {
		t.Errorf("%d logins at the bastion, %d at the target", bastion.logins(t), target.logins(t))
	}
	// Another key is another login: what was trusted before says nothing about it.
	_, stranger, _ := newKeyFile(t, t.TempDir(), "stranger")
	if err := remote(t).Create(map[string]any{"create": "true", "connection": with(
		inputs["connection"].(map[string]any),
		map[string]any{"privateKey": stranger, "dialErrorLimit": 0})}); err == nil {
		t.Error("a stranger was let in")
	}
}

// The time of one try at the target does not count for the bastion, which may take longer to come up.
func TestBastionThatComesUpLater(t *testing.T) {
	target := startSSHD(t)
	bastion, start := prepareSSHD(t)
	r, done := remote(t), make(chan error, 1)
	go func() {
		done <- r.Create(map[string]any{"create": "echo up", "connection": with(target.connection(),
			map[string]any{"perDialTimeout": 1, "dialErrorLimit": 0, "proxy": with(
				bastion.connection(), map[string]any{"dialErrorLimit": -1})})})
	}()
	select {
	case err := <-done:
		t.Fatalf("gave up before the bastion was there: %v", err)
	case <-time.After(2 * time.Second):
	}
	start()
	untilUp(t, r, done)
}
