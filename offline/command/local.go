package command

import (
	"context"
	"os"
	"os/exec"
	"strings"

	"semesterhub/offline/internal/kit"
)

func localCommand() kit.Resource {
	refused := "is not carried out by the offline provider; read the files in the program, or " +
		"install the official Pulumi plugins"
	return withLifecycle(kit.Resource{
		Token: "command:local:Command",
		Inputs: append(commandInputs(),
			kit.Input{Name: "archivePaths", Refused: refused},
			kit.Input{Name: "assetPaths", Refused: refused},
			kit.Input{Name: "dir", Change: kit.Updates},
			kit.Input{Name: "interpreter", Type: kit.Strings, Change: kit.Updates}),
		Outputs:    commandOutputs(),
		SecretFrom: secretSources(),
	}, runLocal)
}

// runLocal runs a command in the program's folder, or in `dir`.
func runLocal(ctx context.Context, j job) (output, error) {
	words := j.inputs.Strings("interpreter")
	if len(words) == 0 {
		words = []string{"/bin/sh", "-c"}
	}
	words = append(words, j.command)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir = j.inputs.String("dir")
	cmd.Env = os.Environ()
	for _, variables := range []map[string]string{j.environment, j.previous} {
		for _, name := range sorted(variables) {
			cmd.Env = append(cmd.Env, name+"="+variables[name])
		}
	}
	if stdin := j.inputs.String("stdin"); stdin != "" {
		cmd.Stdin = strings.NewReader(stdin)
	}
	captured := newCapture(ctx, j.inputs.String("logging"))
	cmd.Stdout, cmd.Stderr = captured.streams()
	err := cmd.Run()
	result := captured.result()
	if err != nil {
		return output{}, j.failed(err, captured)
	}
	return result, nil
}
