// Command pulumi-resource-random is the offline provider plugin for @pulumi/random.
package main

import (
	"semesterhub/offline/internal/kit"
	"semesterhub/offline/random"
)

func main() { kit.Main(random.Name, "4.21.2", random.Provider(), true) }
