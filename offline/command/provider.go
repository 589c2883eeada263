// Package command serves the resources of Pulumi's command provider when the official plugin
// cannot be downloaded: commands on this machine, commands and files over SSH.
package command

import (
	p "github.com/pulumi/pulumi-go-provider"

	"semesterhub/offline/internal/kit"
)

// Name is the provider's package name.
const Name = "command"

// Provider serves local.Command, remote.Command and remote.CopyToRemote.
func Provider() p.Provider {
	return kit.Provider(Name, Resources())
}

// Resources is the provider's table.
func Resources() []kit.Resource {
	return []kit.Resource{localCommand(), remoteCommand(), copyToRemote()}
}

// commandInputs are the inputs of a command, here or elsewhere. A changed one runs `update`, or
// `create` again where there is no `update`; triggers replace.
func commandInputs() []kit.Input {
	return []kit.Input{
		{Name: "addPreviousOutputInEnv", Type: kit.Bool, Default: true, Change: kit.Updates},
		{Name: "create", Change: kit.Updates},
		{Name: "delete", Change: kit.Updates},
		{Name: "environment", Type: kit.StringMap, Change: kit.Updates},
		{Name: "logging", Change: kit.Updates,
			OneOf: []string{"stdout", "stderr", "stdoutAndStderr", "none"}},
		{Name: "stdin", Change: kit.Updates},
		{Name: "triggers", Type: kit.List, Change: kit.Replaces},
		{Name: "update", Change: kit.Updates},
	}
}

func commandOutputs() []kit.Output {
	return []kit.Output{{Name: "stderr", Updated: true}, {Name: "stdout", Updated: true}}
}

// secretSources are the inputs whose secrets a command is likely to print.
func secretSources() []string { return []string{"create", "update", "environment", "stdin"} }
