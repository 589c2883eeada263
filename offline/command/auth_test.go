package command_test

import (
	"crypto"
	"encoding/pem"
	"net"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// encrypted gives a private key in OpenSSH's form behind a password.
func encrypted(t *testing.T, key crypto.PrivateKey, password string) string {
	t.Helper()
	block, err := ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(password))
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block))
}

// startAgent serves an SSH agent that holds one key.
func startAgent(t *testing.T, key string) string {
	t.Helper()
	raw, err := ssh.ParseRawPrivateKey([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	keyring := agent.NewKeyring()
	if err := keyring.Add(agent.AddedKey{PrivateKey: raw}); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "agent")
	listener, err := net.Listen("unix", socket)
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
			go func() { _ = agent.ServeAgent(keyring, conn) }()
		}
	}()
	return socket
}

func TestAgent(t *testing.T) {
	server := startSSHD(t)
	socket := startAgent(t, server.clientKey)
	connection := server.connection()
	delete(connection, "privateKey")
	t.Run("named", func(t *testing.T) {
		named := with(connection, map[string]any{"agentSocketPath": socket})
		remote(t).MustCreate(map[string]any{"connection": named, "create": "true"})
	})
	t.Run("of the environment", func(t *testing.T) {
		t.Setenv("SSH_AUTH_SOCK", socket)
		remote(t).MustCreate(map[string]any{"connection": connection, "create": "true"})
	})
	t.Run("gone", func(t *testing.T) {
		gone := with(connection, map[string]any{"agentSocketPath": socket + "-gone"})
		if err := remote(t).Create(map[string]any{"connection": gone, "create": "true"}); err == nil {
			t.Error("an agent that is not there is no error")
		}
		t.Setenv("SSH_AUTH_SOCK", socket+"-gone")
		remote(t).MustCreate(map[string]any{"connection": server.connection(), "create": "true"})
	})
}
