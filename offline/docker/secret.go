package docker

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/swarm"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

type secretInputs struct {
	Name   string  `docker:"name"`
	Data   string  `docker:"data,required,secret"`
	Labels []label `docker:"labels,set"`
}

var secret = definition[secretInputs]{
	meta:       `{"schema_version":"1"}`,
	autoname:   true,
	replaceAll: true,
	check: func(_ context.Context, in *secretInputs, inputs property.Map) (property.Map, []p.CheckFailure) {
		return inputs, checkBase64("data", in.Data)
	},
	create: func(ctx context.Context, e *engine, in *secretInputs) (string, outputs, error) {
		data, err := base64.StdEncoding.DecodeString(in.Data)
		if err != nil {
			return "", nil, fmt.Errorf("data is not base64")
		}
		created, err := e.SecretCreate(ctx, swarm.SecretSpec{
			Annotations: swarm.Annotations{Name: in.Name, Labels: labelMap(in.Labels)}, Data: data,
		})
		return created.ID, nil, err
	},
	read: func(ctx context.Context, e *engine, id string, in *secretInputs) (*secretInputs, outputs, outputs, error) {
		s, _, err := e.SecretInspectWithRaw(ctx, id)
		if errdefs.IsNotFound(err) {
			return nil, nil, nil, nil
		}
		if err != nil {
			return nil, nil, nil, err
		}
		// Swarm never gives a secret's data back: what the state knows stays.
		live := *in
		live.Name, live.Labels = s.Spec.Name, labelList(s.Spec.Labels)
		return &live, nil, nil, nil
	},
	delete: func(ctx context.Context, e *engine, id string, _ *secretInputs) error {
		err := retry(ctx, 30*time.Second, inUse, func() error { return e.SecretRemove(ctx, id) })
		return notFoundIsFine(err)
	},
}

// checkBase64 refuses data that is not base64; the data itself stays unsaid.
func checkBase64(name, data string) []p.CheckFailure {
	if _, err := base64.StdEncoding.DecodeString(data); err != nil {
		return []p.CheckFailure{{Property: name, Reason: fmt.Sprintf("%q must be base64", name)}}
	}
	return nil
}
