// Command pulumi-resource-docker is the plugin that the Pulumi engine starts for
// @pulumi/docker where the official one cannot be had.
package main

import (
	"context"
	"fmt"
	"os"

	"semesterhub/offline/docker"
)

func main() {
	if err := docker.New().Run(context.Background(), "docker", docker.Version); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
