package command_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// sshd is an OpenSSH server of the test's own on the loopback address.
type sshd struct {
	port      int
	hostKey   string // as in known_hosts
	clientKey string // a private key that may log in
	user      string
	log       string
}

// newKeyFile writes an ED25519 key and gives its path, its text and its public form.
func newKeyFile(t *testing.T, dir, name string) (path, private, public string) {
	t.Helper()
	publicKey, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	private = string(pem.EncodeToMemory(block))
	sshPublic, err := ssh.NewPublicKey(publicKey)
	if err != nil {
		t.Fatal(err)
	}
	public = strings.TrimSpace(string(ssh.MarshalAuthorizedKey(sshPublic)))
	path = filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(private), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, private, public
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port
}

// startSSHD starts a server and waits until it answers; options are lines of its configuration.
func startSSHD(t *testing.T, options ...string) *sshd {
	t.Helper()
	server, start := prepareSSHD(t, options...)
	start()
	return server
}

// prepareSSHD makes a server's keys and configuration, and the function that starts it.
func prepareSSHD(t *testing.T, options ...string) (*sshd, func()) {
	t.Helper()
	binary := "/usr/sbin/sshd"
	if _, err := os.Stat(binary); err != nil {
		t.Skip("OpenSSH's server is not installed (apt-get install openssh-server)")
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if me.Uid == "0" {
		// The server as root wants its privilege separation folder.
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	hostFile, _, hostPublic := newKeyFile(t, dir, "host")
	otherFile := filepath.Join(dir, "host_ecdsa")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", otherFile).
		CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
	_, clientPrivate, clientPublic := newKeyFile(t, dir, "client")
	authorized := filepath.Join(dir, "authorized_keys")
	if err := os.WriteFile(authorized, []byte(clientPublic+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := &sshd{
		port: freePort(t), hostKey: hostPublic, clientKey: clientPrivate, user: me.Username,
		log: filepath.Join(dir, "log"),
	}
	lines := append([]string{
		// The first key offered is not the one that is pinned.
		"HostKey " + otherFile, "HostKey " + hostFile,
		"ListenAddress 127.0.0.1", "Port " + strconv.Itoa(server.port),
		"AuthorizedKeysFile " + authorized, "StrictModes no", "UsePAM no", "PermitRootLogin yes",
		"PasswordAuthentication no", "PidFile none", "AcceptEnv ACCEPTED",
		"Subsystem sftp internal-sftp", "LogLevel VERBOSE",
	}, options...)
	config := filepath.Join(dir, "sshd_config")
	if err := os.WriteFile(config, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return server, func() {
		cmd := exec.Command(binary, "-D", "-f", config, "-E", server.log)
		// A group of its own: each connection is a process too.
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			_ = cmd.Wait()
		})
		server.wait(t)
	}
}

func (s *sshd) wait(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
		if err == nil {
			_ = conn.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	log, _ := os.ReadFile(s.log)
	t.Fatalf("sshd does not answer:\n%s", log)
}

// logins counts the sessions that the server let in.
func (s *sshd) logins(t *testing.T) int {
	t.Helper()
	log, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(log), "Accepted publickey for")
}

// connection gives the input that logs in to the server.
func (s *sshd) connection() map[string]any {
	return map[string]any{
		"host": "127.0.0.1", "port": s.port, "user": s.user, "privateKey": s.clientKey,
		"hostKey": s.hostKey, "dialErrorLimit": 2, "perDialTimeout": 10,
	}
}
