package docker

import (
	"context"
	"time"

	"github.com/containerd/errdefs"
	dockervolume "github.com/docker/docker/api/types/volume"
)

type volumeInputs struct {
	Name       string            `docker:"name"`
	Driver     string            `docker:"driver"`
	DriverOpts map[string]string `docker:"driverOpts"`
	Labels     []label           `docker:"labels,set"`
	Cluster    refused           `docker:"cluster"`
}

var volumeResource = definition[volumeInputs]{
	meta:       `{"schema_version":"1"}`,
	computed:   []string{"driver", "mountpoint"},
	autoname:   true,
	replaceAll: true,
	known: func(in *volumeInputs) outputs {
		if in.Driver == "" {
			return outputs{"driver": "local"}
		}
		return nil
	},
	create: func(ctx context.Context, e *engine, in *volumeInputs) (string, outputs, error) {
		// A volume of this name that is there already is taken over with its data,
		// as with the official plugin.
		v, err := e.VolumeCreate(ctx, dockervolume.CreateOptions{
			Name: in.Name, Driver: in.Driver, DriverOpts: in.DriverOpts, Labels: labelMap(in.Labels),
		})
		if err != nil {
			return "", nil, err
		}
		return v.Name, outputs{"driver": v.Driver, "mountpoint": v.Mountpoint}, nil
	},
	read: func(ctx context.Context, e *engine, id string, in *volumeInputs) (*volumeInputs, outputs, outputs, error) {
		v, err := e.VolumeInspect(ctx, id)
		if errdefs.IsNotFound(err) {
			return nil, nil, nil, nil
		}
		if err != nil {
			return nil, nil, nil, err
		}
		live := *in
		live.Name, live.Driver = v.Name, v.Driver
		live.DriverOpts, live.Labels = only(v.Options, in.DriverOpts), labelList(v.Labels)
		return &live, outputs{"driver": v.Driver, "mountpoint": v.Mountpoint}, nil, nil
	},
	delete: func(ctx context.Context, e *engine, id string, _ *volumeInputs) error {
		err := retry(ctx, 60*time.Second, inUse, func() error { return e.VolumeRemove(ctx, id, false) })
		return notFoundIsFine(err)
	},
}
