package command

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"semesterhub/offline/internal/kit"
)

const (
	idBytes = 8
	// environmentLimit is the kernel's limit for one variable (MAX_ARG_STRLEN) less its name.
	environmentLimit = 128*1024 - 64
)

// runner runs one command, with the inputs and the earlier output that the request holds.
type runner func(ctx context.Context, job job) (output, error)

// job is one run of a command.
type job struct {
	command string
	inputs  kit.Values
	// environment is the one of the inputs; previous holds the outputs of the run before.
	environment, previous map[string]string
	secret                bool
}

// withLifecycle gives a resource the meaning of create, update and delete.
func withLifecycle(resource kit.Resource, run runner) kit.Resource {
	result := func(ctx context.Context, req kit.Request, name string) (kit.Result, error) {
		out, err := runInput(ctx, req.Inputs, req.State, name, run)
		if err != nil {
			return kit.Result{}, err
		}
		return kit.Result{ID: req.ID, Outputs: map[string]property.Value{
			"stdout": kit.Text(out.stdout), "stderr": kit.Text(out.stderr),
		}}, nil
	}
	resource.Create = func(ctx context.Context, req kit.Request) (kit.Result, error) {
		id, err := newID(req.Name)
		if err != nil {
			return kit.Result{}, err
		}
		req.ID = id
		return result(ctx, req, "create")
	}
	resource.Update = func(ctx context.Context, req kit.Request) (kit.Result, error) {
		switch {
		case req.Inputs.Has("update"):
			return result(ctx, req, "update")
		case req.Inputs.Has("create"):
			return result(ctx, req, "create")
		default:
			return kit.Result{}, nil
		}
	}
	resource.Delete = func(ctx context.Context, req kit.Request) error {
		_, err := runInput(ctx, req.State, req.State, "delete", run)
		return err
	}
	return resource
}

// runInput runs the command that the named input holds; without one there is nothing to do.
func runInput(
	ctx context.Context, inputs, state kit.Values, name string, run runner,
) (output, error) {
	if !inputs.Has(name) {
		return output{}, nil
	}
	j := job{
		command:     inputs.String(name),
		inputs:      inputs,
		environment: inputs.StringMap("environment"),
		previous:    map[string]string{},
		secret:      inputs.Get(name).HasSecrets(),
	}
	if !inputs.Has("addPreviousOutputInEnv") || inputs.Bool("addPreviousOutputInEnv") {
		for variable, value := range map[string]string{
			"PULUMI_COMMAND_STDOUT": state.String("stdout"),
			"PULUMI_COMMAND_STDERR": state.String("stderr"),
		} {
			if len(value) > environmentLimit {
				p.GetLogger(ctx).Warningf("%s is not set: the previous output is longer than an "+
					"environment variable may be", variable)
			} else if value != "" {
				j.previous[variable] = value
			}
		}
	}
	out, err := run(ctx, j)
	if err != nil {
		return output{}, err
	}
	return out, nil
}

// failed makes the error of a command, with everything that it printed. A secret command is not
// repeated.
func (j job) failed(err error, out *capture) error {
	shown := fmt.Sprintf("%q", j.command)
	if j.secret {
		shown = "a command that is a secret"
	}
	return fmt.Errorf("%w: running %s:\n%s", err, shown, out.both.String())
}

// sorted gives the names of variables in a fixed order.
func sorted(variables map[string]string) []string {
	return slices.Sorted(maps.Keys(variables))
}

func newID(name string) (string, error) {
	suffix := make([]byte, idBytes/2)
	if _, err := rand.Read(suffix); err != nil {
		return "", fmt.Errorf("reading random bytes: %w", err)
	}
	return name + hex.EncodeToString(suffix), nil
}
