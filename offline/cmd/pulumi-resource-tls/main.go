// Command pulumi-resource-tls is the offline provider plugin for @pulumi/tls.
package main

import (
	"semesterhub/offline/internal/kit"
	"semesterhub/offline/tls"
)

func main() { kit.Main(tls.Name, "5.6.1", tls.Provider(), true) }
