// Command pulumi-resource-docker is the plugin that the Pulumi engine starts for
// @pulumi/docker where the official one cannot be had.
package main

import (
	"semesterhub/offline/docker"
	"semesterhub/offline/internal/kit"
)

func main() { kit.Main("docker", docker.Version, docker.New(), true) }
