package docker

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	dockernetwork "github.com/docker/docker/api/types/network"
)

type networkInputs struct {
	Name        string            `docker:"name"`
	Attachable  bool              `docker:"attachable"`
	Driver      string            `docker:"driver"`
	Ingress     bool              `docker:"ingress"`
	Internal    bool              `docker:"internal"`
	IPAMConfigs []ipamConfig      `docker:"ipamConfigs,set"`
	IPAMDriver  string            `docker:"ipamDriver,default=default"`
	IPAMOptions map[string]string `docker:"ipamOptions"`
	IPv6        bool              `docker:"ipv6"`
	Labels      []label           `docker:"labels,set"`
	Options     map[string]string `docker:"options"`
	Scope       string            `docker:"scope"`
}

type ipamConfig struct {
	AuxAddress map[string]string `docker:"auxAddress"`
	Gateway    string            `docker:"gateway"`
	IPRange    string            `docker:"ipRange"`
	Subnet     string            `docker:"subnet"`
}

var network = definition[networkInputs]{
	meta:       `{"schema_version":"1"}`,
	computed:   []string{"driver", "internal", "ipamConfigs", "options", "scope"},
	autoname:   true,
	replaceAll: true,
	known: func(in *networkInputs) outputs {
		if in.Driver == "" {
			return outputs{"driver": "bridge", "internal": in.Internal}
		}
		return outputs{"internal": in.Internal}
	},
	create:   createNetwork,
	identify: identifyNetwork,
	takeOver: true,
	read:     readNetwork,
	delete: func(ctx context.Context, e *engine, id string, _ *networkInputs) error {
		err := retry(ctx, 60*time.Second, inUse, func() error { return e.NetworkRemove(ctx, id) })
		return notFoundIsFine(err)
	},
}

func createNetwork(ctx context.Context, e *engine, in *networkInputs) (string, outputs, error) {
	options := dockernetwork.CreateOptions{
		Driver:     in.Driver,
		Scope:      in.Scope,
		Attachable: in.Attachable,
		Ingress:    in.Ingress,
		Internal:   in.Internal,
		Labels:     labelMap(in.Labels),
		Options:    in.Options,
		IPAM:       &dockernetwork.IPAM{Driver: in.IPAMDriver, Options: in.IPAMOptions},
	}
	if in.IPv6 {
		options.EnableIPv6 = &in.IPv6
	}
	for _, c := range in.IPAMConfigs {
		options.IPAM.Config = append(options.IPAM.Config, dockernetwork.IPAMConfig{
			Subnet: c.Subnet, IPRange: c.IPRange, Gateway: c.Gateway, AuxAddress: c.AuxAddress,
		})
	}
	created, err := e.NetworkCreate(ctx, in.Name, options)
	if err != nil {
		return "", nil, err
	}
	if err := e.waitAllocated(ctx, created.ID, in); err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if left := e.NetworkRemove(ctx, created.ID); left != nil {
			return "", nil, fmt.Errorf("%w (and removing the network failed: %v)", err, left)
		}
		return "", nil, err
	}
	_, out, _, err := readNetwork(ctx, e, created.ID, in)
	return created.ID, out, err
}

// waitAllocated waits until Swarm has given a network its addresses. It answers
// before it has tried; a network without addresses stays, and every task on it
// waits for ever without a word.
func (e *engine) waitAllocated(ctx context.Context, id string, in *networkInputs) error {
	pending := errors.New("pending")
	err := retry(ctx, 10*time.Second, func(err error) bool { return err == pending }, func() error {
		n, err := e.NetworkInspect(ctx, id, dockernetwork.InspectOptions{})
		if err == nil && n.Scope == "swarm" && n.Driver == "" {
			return pending
		}
		return err
	})
	if err == pending {
		return fmt.Errorf("swarm gives network %s no addresses%s", in.Name, e.overlaps(ctx, in))
	}
	return err
}

// overlaps names the networks that have the addresses already.
func (e *engine) overlaps(ctx context.Context, in *networkInputs) string {
	networks, err := e.NetworkList(ctx, dockernetwork.ListOptions{})
	if err != nil {
		return ""
	}
	text := ""
	for _, wanted := range in.IPAMConfigs {
		mine, err := netip.ParsePrefix(wanted.Subnet)
		if err != nil {
			continue
		}
		for _, n := range networks {
			for _, c := range n.IPAM.Config {
				if theirs, err := netip.ParsePrefix(c.Subnet); err == nil && theirs.Overlaps(mine) {
					text += fmt.Sprintf("; %s overlaps with %s of network %s", mine, theirs, n.Name)
				}
			}
		}
	}
	return text
}

func readNetwork(
	ctx context.Context, e *engine, id string, in *networkInputs,
) (*networkInputs, outputs, outputs, error) {
	n, err := e.NetworkInspect(ctx, id, dockernetwork.InspectOptions{})
	if errdefs.IsNotFound(err) {
		return nil, nil, nil, nil
	}
	if err != nil {
		return nil, nil, nil, err
	}
	live := *in
	live.Name, live.Driver, live.Scope = n.Name, n.Driver, n.Scope
	live.Attachable, live.Ingress, live.Internal, live.IPv6 = n.Attachable, n.Ingress, n.Internal, n.EnableIPv6
	live.IPAMDriver, live.IPAMOptions = n.IPAM.Driver, only(n.IPAM.Options, in.IPAMOptions)
	live.Options = only(n.Options, in.Options)
	live.Labels = labelList(n.Labels)
	live.IPAMConfigs = []ipamConfig{}
	for _, c := range n.IPAM.Config {
		live.IPAMConfigs = append(live.IPAMConfigs, ipamConfig{
			Subnet: c.Subnet, IPRange: c.IPRange, Gateway: c.Gateway, AuxAddress: c.AuxAddress,
		})
	}
	return &live, outputs{
		"driver": n.Driver, "internal": n.Internal, "scope": n.Scope,
		"options": n.Options, "ipamConfigs": prune(encode(live.IPAMConfigs)),
	}, nil, nil
}

// inUse tells the errors with which an engine keeps what somebody still uses.
func inUse(err error) bool {
	text := err.Error()
	return strings.Contains(text, "active endpoints") || strings.Contains(text, "in use")
}

// notFoundIsFine is for deleting what is gone already.
func notFoundIsFine(err error) error {
	if errdefs.IsNotFound(err) {
		return nil
	}
	return err
}
