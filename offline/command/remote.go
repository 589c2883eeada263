package command

import (
	"context"
	"errors"
	"fmt"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"golang.org/x/crypto/ssh"

	"semesterhub/offline/internal/kit"
)

func remoteCommand() kit.Resource {
	return withLifecycle(kit.Resource{
		Token:      "command:remote:Command",
		Inputs:     append(commandInputs(), connectionInput()),
		Outputs:    commandOutputs(),
		SecretFrom: secretSources(),
		Validate:   checkConnection,
	}, runRemote)
}

// runRemote runs a command in the login shell of the connection's user.
func runRemote(ctx context.Context, j job) (output, error) {
	target := j.inputs.Object("connection")
	connection, err := connections.borrow(ctx, identity(target), sessionsAtOnce,
		func() (*ssh.Client, func(), error) { return connect(ctx, target) })
	if err != nil {
		return output{}, err
	}
	healthy := false
	defer func() { connections.leave(connection, !healthy) }()
	session, err := connection.client.NewSession()
	if err != nil {
		return output{}, fmt.Errorf("opening an SSH session: %w", err)
	}
	defer func() { _ = session.Close() }()
	if err := setEnvironment(ctx, session, j); err != nil {
		return output{}, err
	}
	if stdin := j.inputs.String("stdin"); stdin != "" {
		session.Stdin = strings.NewReader(stdin)
	}
	captured := newCapture(ctx, j.inputs.String("logging"))
	session.Stdout, session.Stderr = captured.streams()
	stop := context.AfterFunc(ctx, func() {
		_ = session.Signal(ssh.SIGTERM)
		_ = session.Close()
	})
	err = session.Run(j.command)
	cancelled := !stop()
	var exit *ssh.ExitError
	healthy = cancelled || err == nil || errors.As(err, &exit)
	result := captured.result()
	if err != nil {
		if cancelled {
			err = errors.Join(ctx.Err(), err)
		}
		return output{}, j.failed(err, captured)
	}
	return result, nil
}

// setEnvironment sends the environment. The server accepts only the variables of its AcceptEnv: one
// of the program's that it refuses is an error, because the command would run without it.
func setEnvironment(ctx context.Context, session *ssh.Session, j job) error {
	for _, name := range sorted(j.environment) {
		if err := session.Setenv(name, j.environment[name]); err != nil {
			return fmt.Errorf("environment.%s: the SSH server does not accept this variable (see "+
				"AcceptEnv in its sshd_config); pass the value through stdin instead: %w", name, err)
		}
	}
	for _, name := range sorted(j.previous) {
		if err := session.Setenv(name, j.previous[name]); err != nil {
			p.GetLogger(ctx).Warningf("%s is not set: the SSH server does not accept it (see "+
				"AcceptEnv); addPreviousOutputInEnv: false avoids this", name)
		}
	}
	return nil
}
