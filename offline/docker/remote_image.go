package docker

import (
	"context"

	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	dockerimage "github.com/docker/docker/api/types/image"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

type remoteImageInputs struct {
	Name         string            `docker:"name,required,image"`
	ForceRemove  bool              `docker:"forceRemove"`
	KeepLocally  bool              `docker:"keepLocally"`
	Platform     string            `docker:"platform,replace"`
	PullTriggers []string          `docker:"pullTriggers,set,replace"`
	Triggers     map[string]string `docker:"triggers,replace"`
	Build        refused           `docker:"build"`
}

var remoteImage = definition[remoteImageInputs]{
	computed: []string{"imageId", "repoDigest"},
	volatile: []string{"imageId", "repoDigest"},
	check: func(_ context.Context, _ *remoteImageInputs, inputs property.Map) (property.Map, []p.CheckFailure) {
		if name := inputs.Get("name"); name.IsString() {
			if _, err := reference.ParseAnyReference(name.AsString()); err != nil {
				return inputs, []p.CheckFailure{{Property: "name", Reason: err.Error()}}
			}
		}
		return inputs, nil
	},
	create: func(ctx context.Context, e *engine, in *remoteImageInputs) (string, outputs, error) {
		out, err := e.haveImage(ctx, in)
		if err != nil {
			return "", nil, err
		}
		return out["imageId"].(string) + in.Name, out, nil
	},
	update: func(ctx context.Context, e *engine, _ string, in, _ *remoteImageInputs) (outputs, error) {
		return e.haveImage(ctx, in)
	},
	read: func(
		ctx context.Context, e *engine, _ string, in *remoteImageInputs,
	) (*remoteImageInputs, outputs, outputs, error) {
		local, err := e.ImageInspect(ctx, in.Name)
		if errdefs.IsNotFound(err) {
			return nil, nil, nil, nil
		}
		if err != nil {
			return nil, nil, nil, err
		}
		return in, remoteOutputs(in.Name, local), nil, nil
	},
	delete: func(ctx context.Context, e *engine, _ string, in *remoteImageInputs) error {
		if in.KeepLocally {
			return nil
		}
		_, err := e.ImageRemove(ctx, in.Name, dockerimage.RemoveOptions{Force: in.ForceRemove, PruneChildren: true})
		return notFoundIsFine(err)
	},
}

// haveImage pulls an image unless the engine has one of that name already.
func (e *engine) haveImage(ctx context.Context, in *remoteImageInputs) (outputs, error) {
	local, err := e.ImageInspect(ctx, in.Name)
	if errdefs.IsNotFound(err) {
		if err = e.pull(ctx, in.Name, in.Platform); err == nil {
			local, err = e.ImageInspect(ctx, in.Name)
		}
	}
	if err != nil {
		return nil, err
	}
	return remoteOutputs(in.Name, local), nil
}

func remoteOutputs(name string, local dockerimage.InspectResponse) outputs {
	return outputs{"imageId": local.ID, "repoDigest": repoDigest(name, local.RepoDigests)}
}
