package docker

import (
	"context"
	"reflect"
	"strings"

	"github.com/containerd/errdefs"
	dockernetwork "github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/swarm"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// A run that is killed between making an object and writing that down leaves
// the object under its name, and the next run would find the name taken for
// ever. What has this name, the labels that were given, and is in all that was
// given just what is asked for, is such a leftover: it is made again, or (a
// network, which others may have joined) taken over. Anything else of that name
// is somebody's, and stays an error.

// nameTaken tells the errors of an engine for a name that something has.
func nameTaken(err error) bool {
	return errdefs.IsConflict(err) || strings.Contains(err.Error(), "already exists") ||
		strings.Contains(err.Error(), "name conflicts with an existing object")
}

// resume deals with a leftover after a creation failed: it makes the resource
// after all, or repeats the failure.
func (d definition[I]) resume(
	ctx context.Context, e *engine, inputs property.Map, in *I, failure error,
) (string, outputs, error) {
	name := inputs.Get("name")
	if d.identify == nil || !nameTaken(failure) || !name.IsString() || isEmpty(inputs.Get("labels")) {
		return "", nil, failure
	}
	id, err := d.identify(ctx, e, name.AsString())
	if err != nil {
		return "", nil, failure
	}
	live, out, _, err := d.read(ctx, e, id, in)
	if err != nil || live == nil {
		return "", nil, failure
	}
	there := overlay(d.inputs(), inputs, encode(live).AsMap())
	if len(diffInputs(reflect.TypeFor[I](), there, inputs, false)) > 0 {
		return "", nil, failure
	}
	log := p.GetLogger(ctx)
	if d.takeOver {
		log.Warningf("%s was left by a run that was interrupted, just as it is asked for: taken over", name.AsString())
		return id, out, nil
	}
	log.Warningf("%s was left by a run that was interrupted: removed, and made again", name.AsString())
	if err := d.delete(ctx, e, id, in); err != nil {
		return "", nil, err
	}
	return d.create(ctx, e, in)
}

func identifyNetwork(ctx context.Context, e *engine, name string) (string, error) {
	n, err := e.NetworkInspect(ctx, name, dockernetwork.InspectOptions{})
	return n.ID, err
}

func identifyContainer(ctx context.Context, e *engine, name string) (string, error) {
	c, err := e.ContainerInspect(ctx, name)
	if err != nil {
		return "", err
	}
	return c.ID, nil
}

func identifyService(ctx context.Context, e *engine, name string) (string, error) {
	s, _, err := e.ServiceInspectWithRaw(ctx, name, swarm.ServiceInspectOptions{})
	return s.ID, err
}
