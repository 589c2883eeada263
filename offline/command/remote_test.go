package command_test

import (
	"maps"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"golang.org/x/crypto/ssh"

	"semesterhub/offline/command"
	"semesterhub/offline/internal/kittest"
)

func remote(t *testing.T) *kittest.Resource {
	return kittest.New(t, command.Provider(), "command:remote:Command")
}

func with(values map[string]any, more map[string]any) map[string]any {
	result := maps.Clone(values)
	maps.Copy(result, more)
	return result
}

func TestRemoteLife(t *testing.T) {
	server := startSSHD(t, "AcceptEnv PULUMI_COMMAND_STDOUT PULUMI_COMMAND_STDERR")
	dir := t.TempDir()
	inputs := map[string]any{
		"connection":  server.connection(),
		"create":      `echo "$ACCEPTED"; echo warned >&2; cat > ` + dir + `/file`,
		"update":      `echo "was $PULUMI_COMMAND_STDOUT, $PULUMI_COMMAND_STDERR"`,
		"delete":      "rm " + dir + "/file",
		"environment": map[string]any{"ACCEPTED": "a value with 'quotes' and $x"},
		"stdin":       "content",
	}
	r := remote(t)
	preview := r.Preview(with(inputs, map[string]any{"stdin": kittest.Unknown()}))
	if !preview.Get("stdout").IsComputed() || !preview.Get("connection").Secret() || server.logins(t) != 0 {
		t.Errorf("%#v", preview)
	}
	r.MustCreate(inputs)
	if r.Text("stdout") != "a value with 'quotes' and $x" || r.Text("stderr") != "warned" {
		t.Errorf("%q %q", r.Text("stdout"), r.Text("stderr"))
	}
	if !r.State.Get("connection").Secret() || r.State.Get("stdout").Secret() {
		t.Errorf("%#v", r.State)
	}
	inputs["stdin"] = "changed"
	if got := r.Diff(inputs); !maps.Equal(got, map[string]p.DiffKind{"stdin": p.Update}) {
		t.Errorf("%v", got)
	}
	r.Update(inputs)
	if r.Text("stdout") != "was a value with 'quotes' and $x, warned" {
		t.Errorf("%q", r.Text("stdout"))
	}
	inputs["triggers"] = []any{"new"}
	if got := r.Diff(inputs); !maps.Equal(got, map[string]p.DiffKind{"triggers": p.AddReplace}) {
		t.Errorf("%v", got)
	}
	if err := r.Delete(); err != nil {
		t.Error(err)
	}
}

func TestRemoteFailureShowsTheOutput(t *testing.T) {
	server := startSSHD(t)
	err := remote(t).Create(map[string]any{
		"connection": server.connection(), "create": "echo out; echo err >&2; exit 3",
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{"exited with status 3", "out\n", "err\n"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("no %q in %q", part, err)
		}
	}
}

func TestVariablesThatTheServerRefuses(t *testing.T) {
	server := startSSHD(t)
	log := captureLog(t)
	err := remote(t).Create(map[string]any{"connection": server.connection(), "create": "true",
		"environment": map[string]any{"REFUSED": "x"}})
	if err == nil || !strings.Contains(err.Error(), "environment.REFUSED") {
		t.Errorf("%v", err)
	}
	r := remote(t).MustCreate(map[string]any{"connection": server.connection(), "create": "echo 1"})
	r.Update(map[string]any{"connection": server.connection(), "create": "echo 2"})
	if !strings.Contains(log.String(), "PULUMI_COMMAND_STDOUT is not set") {
		t.Errorf("no warning: %s", log)
	}
}

func TestHostKey(t *testing.T) {
	server, other := startSSHD(t), startSSHD(t)
	connection := with(server.connection(), map[string]any{"hostKey": other.hostKey, "dialErrorLimit": -1})
	started := time.Now()
	err := remote(t).Create(map[string]any{"connection": connection, "create": "true"})
	if err == nil || !strings.Contains(err.Error(), "is not the one in `hostKey`") {
		t.Errorf("another host's key: %v", err)
	}
	if time.Since(started) > 10*time.Second {
		t.Error("a wrong host key is tried again")
	}
	if server.logins(t) != 0 {
		t.Error("logged in before the host key was checked")
	}
	delete(connection, "hostKey")
	remote(t).MustCreate(map[string]any{"connection": connection, "create": "true"})
}

func TestWrongKeyAndRetryLimit(t *testing.T) {
	server := startSSHD(t)
	_, stranger, _ := newKeyFile(t, t.TempDir(), "stranger")
	for limit, want := range map[int]string{0: "failed 1 times", 2: "failed 3 times"} {
		connection := with(server.connection(),
			map[string]any{"privateKey": stranger, "dialErrorLimit": limit})
		err := remote(t).Create(map[string]any{"connection": connection, "create": "true"})
		if err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), "unable to authenticate") {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
}

func TestServerThatComesUpLater(t *testing.T) {
	server, start := prepareSSHD(t)
	connection := with(server.connection(), map[string]any{"dialErrorLimit": -1})
	done := make(chan error, 1)
	r := remote(t)
	go func() { done <- r.Create(map[string]any{"connection": connection, "create": "echo up"}) }()
	// A listener in the server's place sees the first tries fail.
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(server.port)))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
	}
	_ = listener.Close()
	start()
	untilUp(t, r, done)
}

// untilUp waits until a command that says "up" has run.
func untilUp(t *testing.T, r *kittest.Resource, done <-chan error) {
	t.Helper()
	select {
	case err := <-done:
		if err != nil || r.Text("stdout") != "up" {
			t.Error(err)
		}
	case <-time.After(60 * time.Second):
		t.Error("gave up")
	}
}

// A server that accepts the connection and says nothing must not hold a try for ever.
func TestSilentServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	started := time.Now()
	err = remote(t).Create(map[string]any{"create": "true", "connection": map[string]any{
		"host": "127.0.0.1", "port": listener.Addr().(*net.TCPAddr).Port, "password": "x",
		"dialErrorLimit": 0, "perDialTimeout": 1,
	}})
	if err == nil || time.Since(started) > 20*time.Second {
		t.Errorf("after %v: %v", time.Since(started), err)
	}
}

func TestPrivateKeyWithPassword(t *testing.T) {
	server := startSSHD(t)
	raw, err := ssh.ParseRawPrivateKey([]byte(server.clientKey))
	if err != nil {
		t.Fatal(err)
	}
	locked := encrypted(t, raw, "open sesame")
	connection := with(server.connection(),
		map[string]any{"privateKey": locked, "privateKeyPassword": "open sesame"})
	remote(t).MustCreate(map[string]any{"connection": connection, "create": "true"})
	connection["privateKeyPassword"] = "wrong"
	_, failures := remote(t).Check(map[string]any{"connection": connection, "create": "true"})
	if failures["connection.privateKey"] == "" {
		t.Errorf("%v", failures)
	}
}

func TestBadConnectionsAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		connection map[string]any
		property   string
	}{
		"no host":     {map[string]any{}, "connection.host"},
		"empty host":  {map[string]any{"host": ""}, "connection.host"},
		"port":        {map[string]any{"host": "h", "port": 70000}, "connection.port"},
		"limit":       {map[string]any{"host": "h", "dialErrorLimit": -2}, "connection.dialErrorLimit"},
		"timeout":     {map[string]any{"host": "h", "perDialTimeout": -1}, "connection.perDialTimeout"},
		"host key":    {map[string]any{"host": "h", "hostKey": "SHA256:x"}, "connection.hostKey"},
		"private key": {map[string]any{"host": "h", "privateKey": "x"}, "connection.privateKey"},
		"proxy": {map[string]any{"host": "h", "proxy": map[string]any{"host": "p", "port": 0}},
			"connection.proxy.port"},
		"unheard of": {map[string]any{"host": "h", "hostkey": "x"}, "connection.hostkey"},
	} {
		t.Run(name, func(t *testing.T) {
			_, failures := remote(t).Check(map[string]any{"connection": test.connection})
			if failures[test.property] == "" {
				t.Errorf("got %v", failures)
			}
		})
	}
	if _, failures := remote(t).Check(map[string]any{}); failures["connection"] == "" {
		t.Error("a remote command without a connection is accepted")
	}
}
