package command_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"net"
	"testing"

	"golang.org/x/crypto/ssh"
)

// passwordServer is an SSH server that asks for a password, in one of the two ways there are, and
// answers any command with success. OpenSSH's own checks only passwords of real accounts.
func passwordServer(t *testing.T, password string, interactive bool) int {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	check := func(given string) (*ssh.Permissions, error) {
		if given != password {
			return nil, errors.New("wrong password")
		}
		return &ssh.Permissions{}, nil
	}
	config := &ssh.ServerConfig{}
	if interactive {
		config.KeyboardInteractiveCallback = func(
			_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge,
		) (*ssh.Permissions, error) {
			answers, err := ask("", "", []string{"Password: "}, []bool{false})
			if err != nil || len(answers) != 1 {
				return nil, errors.New("no answer")
			}
			return check(answers[0])
		}
	} else {
		config.PasswordCallback = func(_ ssh.ConnMetadata, given []byte) (*ssh.Permissions, error) {
			return check(string(given))
		}
	}
	config.AddHostKey(signer)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go servePasswordConnection(conn, config)
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

func servePasswordConnection(conn net.Conn, config *ssh.ServerConfig) {
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for newChannel := range channels {
		channel, requests, err := newChannel.Accept()
		if err != nil {
			return
		}
		go func() {
			for request := range requests {
				_ = request.Reply(true, nil)
				if request.Type == "exec" {
					_, _ = channel.SendRequest("exit-status", false, []byte{0, 0, 0, 0})
					_ = channel.Close()
				}
			}
		}()
	}
}

func TestPassword(t *testing.T) {
	for name, interactive := range map[string]bool{"password": false, "keyboard-interactive": true} {
		t.Run(name, func(t *testing.T) {
			connection := map[string]any{
				"host": "127.0.0.1", "port": passwordServer(t, "right", interactive),
				"password": "right", "dialErrorLimit": 0,
			}
			r := remote(t).MustCreate(map[string]any{"connection": connection, "create": "true"})
			if !r.State.Get("connection").Secret() {
				t.Error("the connection is no secret")
			}
			connection["password"] = "wrong"
			if err := remote(t).Create(map[string]any{"connection": connection, "create": "true"}); err == nil {
				t.Error("logged in with a wrong password")
			}
		})
	}
}
