// Command pulumi-resource-openstack is the offline provider plugin for @pulumi/openstack: Pulumi's
// bridge over the Terraform provider that the official plugin bridges too.
package main

import "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"

func main() { tfbridge.Main(name, version, provider(), schema) }
