package main

import (
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/openstack"
)

const (
	name = "openstack"
	// version is that of the SDK whose names are answered to.
	version = "3.15.2"
)

// schema is for generating SDKs and documentation: the engine needs none of it to run a program.
var schema = []byte("{}")

// resources are those that the program uses, by their names in Terraform. One that is not here is
// an error of the engine that names it.
var resources = map[string]string{
	"openstack_blockstorage_volume_v3":             "blockstorage/Volume",
	"openstack_compute_instance_v2":                "compute/Instance",
	"openstack_compute_keypair_v2":                 "compute/Keypair",
	"openstack_compute_servergroup_v2":             "compute/ServerGroup",
	"openstack_compute_volume_attach_v2":           "compute/VolumeAttach",
	"openstack_dns_recordset_v2":                   "dns/RecordSet",
	"openstack_identity_application_credential_v3": "identity/ApplicationCredential",
	"openstack_networking_floatingip_associate_v2": "networking/FloatingIpAssociate",
	"openstack_networking_floatingip_v2":           "networking/FloatingIp",
	"openstack_networking_network_v2":              "networking/Network",
	"openstack_networking_port_v2":                 "networking/Port",
	"openstack_networking_router_interface_v2":     "networking/RouterInterface",
	"openstack_networking_router_v2":               "networking/Router",
	"openstack_networking_secgroup_rule_v2":        "networking/SecGroupRule",
	"openstack_networking_secgroup_v2":             "networking/SecGroup",
	"openstack_networking_subnet_v2":               "networking/Subnet",
	"openstack_objectstorage_container_v1":         "objectstorage/Container",
}

// dataSources likewise.
var dataSources = map[string]string{
	"openstack_compute_flavor_v2":      "compute/getFlavor",
	"openstack_compute_limits_v2":      "compute/getLimitsV2",
	"openstack_images_image_v2":        "images/getImage",
	"openstack_dns_zone_v2":            "dns/getDnsZone",
	"openstack_identity_auth_scope_v3": "identity/getAuthScope",
	"openstack_networking_network_v2":  "networking/getNetwork",
}

// provider describes the plugin: which names its resources have, and that those without a name get
// one of their own.
func provider() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:            shimv2.NewProvider(openstack.Provider()),
		Name:         name,
		Version:      version,
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
		Resources:    map[string]*tfbridge.ResourceInfo{},
		DataSources:  map[string]*tfbridge.DataSourceInfo{},
	}
	for terraform, pulumi := range resources {
		module, typ, file := split(pulumi)
		info.Resources[terraform] = &tfbridge.ResourceInfo{
			Tok: tokens.Type(name + ":" + module + "/" + file + ":" + typ),
		}
	}
	// Both are lists of pools: their plurals would be one name.
	info.Resources["openstack_networking_subnet_v2"].Fields = map[string]*tfbridge.SchemaInfo{
		"allocation_pool":  {Name: "allocationPools"},
		"allocation_pools": {Name: "allocationPoolsCollection"},
	}
	for terraform, pulumi := range dataSources {
		module, member, file := split(pulumi)
		info.DataSources[terraform] = &tfbridge.DataSourceInfo{
			Tok: tokens.ModuleMember(name + ":" + module + "/" + file + ":" + member),
		}
	}
	info.SetAutonaming(255, "-")
	return info
}

// split takes "compute/Instance" apart: compute, Instance, and the SDK's file, instance.
func split(token string) (module, member, file string) {
	module, member, _ = strings.Cut(token, "/")
	return module, member, strings.ToLower(member[:1]) + member[1:]
}
