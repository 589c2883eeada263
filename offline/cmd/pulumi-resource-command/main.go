// Command pulumi-resource-command is the offline provider plugin for @pulumi/command.
package main

import (
	"semesterhub/offline/command"
	"semesterhub/offline/internal/kit"
)

func main() { kit.Main(command.Name, "1.2.1", command.Provider(), false) }
