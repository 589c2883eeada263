package docker

import (
	"context"
	"fmt"

	dockernetwork "github.com/docker/docker/api/types/network"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// invoke answers getNetwork and getRemoteImage: what the engine has of a name.
func (s *server) invoke(ctx context.Context, req p.InvokeRequest) (p.InvokeResponse, error) {
	answer := map[string]func(context.Context, *engine, string) (outputs, error){
		"docker:index/getNetwork:getNetwork":         getNetwork,
		"docker:index/getRemoteImage:getRemoteImage": getRemoteImage,
	}[string(req.Token)]
	if answer == nil {
		return p.InvokeResponse{}, fmt.Errorf(
			"%s is not carried out by the offline docker provider; use the official plugin", req.Token)
	}
	name := req.Args.Get("name")
	if !name.IsString() {
		return p.InvokeResponse{Failures: []p.CheckFailure{{Property: "name", Reason: "is required"}}}, nil
	}
	ctx, cancel := s.operation(ctx, 0)
	defer cancel()
	e, err := s.connect(ctx)
	if err != nil {
		return p.InvokeResponse{}, err
	}
	out, err := answer(ctx, e, name.AsString())
	if err != nil {
		return p.InvokeResponse{}, e.explain(err)
	}
	result := property.NewMap(map[string]property.Value{"name": name})
	for key, value := range out {
		result = result.Set(key, encode(value))
	}
	return p.InvokeResponse{Return: result}, nil
}

func getNetwork(ctx context.Context, e *engine, name string) (outputs, error) {
	n, err := e.NetworkInspect(ctx, name, dockernetwork.InspectOptions{})
	if err != nil {
		return nil, err
	}
	configs := []ipamConfig{}
	for _, c := range n.IPAM.Config {
		configs = append(configs, ipamConfig{
			Subnet: c.Subnet, IPRange: c.IPRange, Gateway: c.Gateway, AuxAddress: c.AuxAddress,
		})
	}
	containers := []networkContainer{}
	for id, c := range n.Containers {
		containers = append(containers, networkContainer{
			ContainerID: id, EndpointID: c.EndpointID, IPv4Address: c.IPv4Address, IPv6Address: c.IPv6Address,
			MacAddress: c.MacAddress, Name: c.Name,
		})
	}
	return outputs{
		"containers": containers,
		"id":         n.ID, "driver": n.Driver, "internal": n.Internal, "scope": n.Scope, "options": n.Options,
		"ipamConfigs": prune(encode(configs)),
	}, nil
}

// networkContainer is a container on a network.
type networkContainer struct {
	ContainerID string `docker:"containerId"`
	EndpointID  string `docker:"endpointId"`
	IPv4Address string `docker:"ipv4Address"`
	IPv6Address string `docker:"ipv6Address"`
	MacAddress  string `docker:"macAddress"`
	Name        string `docker:"name"`
}

func getRemoteImage(ctx context.Context, e *engine, name string) (outputs, error) {
	local, err := e.ImageInspect(ctx, name)
	if err != nil {
		return nil, err
	}
	return outputs{"id": local.ID, "repoDigest": repoDigest(name, local.RepoDigests)}, nil
}
