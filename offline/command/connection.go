package command

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"semesterhub/offline/internal/kit"
)

const (
	defaultPort           = 22
	defaultDialErrorLimit = 10
	defaultDialTimeout    = 15
	unlimited             = -1
)

// hopFields are the settings of one SSH connection; a bastion has the same.
func hopFields() []kit.Input {
	return []kit.Input{
		{Name: "agentSocketPath"},
		{Name: "dialErrorLimit", Type: kit.Integer, Default: defaultDialErrorLimit},
		{Name: "host", Required: true},
		{Name: "hostKey"},
		{Name: "password", Secret: true},
		{Name: "perDialTimeout", Type: kit.Integer, Default: defaultDialTimeout},
		{Name: "port", Type: kit.Integer, Default: defaultPort},
		{Name: "privateKey", Secret: true},
		{Name: "privateKeyPassword", Secret: true},
		{Name: "user", Default: "root"},
	}
}

func connectionInput() kit.Input {
	return kit.Input{
		Name: "connection", Type: kit.Object, Required: true, Secret: true, Change: kit.Updates,
		Fields: append(hopFields(), kit.Input{
			Name: "proxy", Type: kit.Object, Fields: hopFields(),
		}),
	}
}

// checkConnection refuses what could never connect.
func checkConnection(in kit.Values) []p.CheckFailure {
	if !in.Has("connection") {
		return nil
	}
	connection := in.Object("connection")
	failures := checkHop("connection", connection)
	if connection.Has("proxy") {
		failures = append(failures, checkHop("connection.proxy", connection.Object("proxy"))...)
	}
	return failures
}

func checkHop(path string, hop kit.Values) []p.CheckFailure {
	var failures []p.CheckFailure
	refuse := func(name, reason string, values ...any) {
		failures = append(failures, kit.Failure(path+"."+name, fmt.Sprintf(reason, values...)))
	}
	if hop.String("host") == "" {
		refuse("host", "must not be empty")
	}
	if port := hop.Int("port"); port < 1 || port > 65535 {
		refuse("port", "must be from 1 to 65535; it is %d", port)
	}
	if limit := hop.Int("dialErrorLimit"); limit < unlimited {
		refuse("dialErrorLimit", "must be -1 (no limit) or more; it is %d", limit)
	}
	if seconds := hop.Int("perDialTimeout"); seconds < 0 {
		refuse("perDialTimeout", "must be 0 (no limit) or more; it is %d", seconds)
	}
	if hop.Has("hostKey") {
		if _, err := parseHostKey(hop.String("hostKey")); err != nil {
			refuse("hostKey", "%v", err)
		}
	}
	if hop.Has("privateKey") {
		if _, err := signer(hop); err != nil {
			refuse("privateKey", "%v", err)
		}
	}
	return failures
}

func parseHostKey(text string) (ssh.PublicKey, error) {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(text))
	if err != nil {
		return nil, errors.New("must be a public key as in known_hosts, such as " +
			"\"ssh-ed25519 AAAA…\"")
	}
	return key, nil
}

func signer(hop kit.Values) (ssh.Signer, error) {
	key := []byte(hop.String("privateKey"))
	var result ssh.Signer
	var err error
	if password := hop.String("privateKeyPassword"); password != "" {
		result, err = ssh.ParsePrivateKeyWithPassphrase(key, []byte(password))
	} else {
		result, err = ssh.ParsePrivateKey(key)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	return result, nil
}

// wrongHostKey is the refusal of a host that is not the one it should be. No retry helps.
type wrongHostKey struct{ host, got string }

func (e wrongHostKey) Error() string {
	return fmt.Sprintf("the host key of %s is not the one in `hostKey` (it shows %s): this is "+
		"another machine, or somebody is in between", e.host, e.got)
}

// clientConfig makes the settings of one hop. The function that it returns ends what the settings
// hold open.
func clientConfig(hop kit.Values) (*ssh.ClientConfig, func(), error) {
	config := &ssh.ClientConfig{
		User: hop.String("user"),
		// As with the official provider, a host key that is not given is not checked.
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), //nolint:gosec // see above
		Timeout:         time.Duration(hop.Int("perDialTimeout")) * time.Second,
	}
	if hop.Has("hostKey") {
		expected, err := parseHostKey(hop.String("hostKey"))
		if err != nil {
			return nil, nil, fmt.Errorf("hostKey %w", err)
		}
		config.HostKeyAlgorithms = hostKeyAlgorithms(expected.Type())
		config.HostKeyCallback = func(host string, _ net.Addr, key ssh.PublicKey) error {
			if string(key.Marshal()) != string(expected.Marshal()) {
				return wrongHostKey{host, ssh.FingerprintSHA256(key)}
			}
			return nil
		}
	}
	if hop.Has("privateKey") {
		s, err := signer(hop)
		if err != nil {
			return nil, nil, fmt.Errorf("privateKey %w", err)
		}
		config.Auth = append(config.Auth, ssh.PublicKeys(s))
	}
	if hop.Has("password") {
		password := hop.String("password")
		config.Auth = append(config.Auth, ssh.Password(password), ssh.KeyboardInteractive(
			func(_, _ string, questions []string, _ []bool) ([]string, error) {
				answers := make([]string, len(questions))
				for i := range answers {
					answers[i] = password
				}
				return answers, nil
			}))
	}
	closeAgent, err := addAgent(config, hop)
	return config, closeAgent, err
}

// addAgent uses an SSH agent: the one that is named, or the one of the environment if it answers.
func addAgent(config *ssh.ClientConfig, hop kit.Values) (func(), error) {
	path := hop.String("agentSocketPath")
	named := path != ""
	if !named {
		path = os.Getenv("SSH_AUTH_SOCK")
	}
	if path == "" {
		return func() {}, nil
	}
	socket, err := net.Dial("unix", path)
	if err != nil {
		if named {
			return nil, fmt.Errorf("agentSocketPath: %w", err)
		}
		return func() {}, nil
	}
	config.Auth = append(config.Auth, ssh.PublicKeysCallback(agent.NewClient(socket).Signers))
	return func() { _ = socket.Close() }, nil
}

// hostKeyAlgorithms asks the host for the kind of key that is expected: it may have several.
func hostKeyAlgorithms(keyType string) []string {
	if keyType == ssh.KeyAlgoRSA {
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSA}
	}
	return []string{keyType}
}

func address(hop kit.Values) string {
	return net.JoinHostPort(strings.Trim(hop.String("host"), "[]"), strconv.Itoa(hop.Int("port")))
}
