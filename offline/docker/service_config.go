package docker

import (
	"context"
	"encoding/base64"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/swarm"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

type serviceConfigInputs struct {
	Name    string  `docker:"name"`
	Data    string  `docker:"data"`
	DataRaw string  `docker:"dataRaw"`
	Labels  []label `docker:"labels,set"`
}

var serviceConfig = definition[serviceConfigInputs]{
	autoname:   true,
	replaceAll: true,
	check: func(_ context.Context, in *serviceConfigInputs, inputs property.Map) (property.Map, []p.CheckFailure) {
		data, raw := inputs.Get("data"), inputs.Get("dataRaw")
		if data.IsNull() == raw.IsNull() {
			return inputs, []p.CheckFailure{{Property: "data", Reason: "give one of \"data\" and \"dataRaw\""}}
		}
		return inputs, checkBase64("data", in.Data)
	},
	create: func(ctx context.Context, e *engine, in *serviceConfigInputs) (string, outputs, error) {
		data, err := base64.StdEncoding.DecodeString(in.Data)
		if err != nil {
			return "", nil, err
		}
		if in.DataRaw != "" {
			data = []byte(in.DataRaw)
		}
		created, err := e.ConfigCreate(ctx, swarm.ConfigSpec{
			Annotations: swarm.Annotations{Name: in.Name, Labels: labelMap(in.Labels)}, Data: data,
		})
		return created.ID, nil, err
	},
	read: func(
		ctx context.Context, e *engine, id string, in *serviceConfigInputs,
	) (*serviceConfigInputs, outputs, outputs, error) {
		c, _, err := e.ConfigInspectWithRaw(ctx, id)
		if errdefs.IsNotFound(err) {
			return nil, nil, nil, nil
		}
		if err != nil {
			return nil, nil, nil, err
		}
		live := *in
		live.Name, live.Labels = c.Spec.Name, labelList(c.Spec.Labels)
		if in.DataRaw != "" {
			live.DataRaw = string(c.Spec.Data)
		} else {
			live.Data = base64.StdEncoding.EncodeToString(c.Spec.Data)
		}
		return &live, nil, nil, nil
	},
	delete: func(ctx context.Context, e *engine, id string, _ *serviceConfigInputs) error {
		err := retry(ctx, 30*time.Second, inUse, func() error { return e.ConfigRemove(ctx, id) })
		return notFoundIsFine(err)
	},
}
