package docker

import (
	"context"
	"testing"

	"github.com/docker/docker/api/types/container"
)

// TestLeftovers: what an interrupted run made and did not write down does not
// stop the next one; what is somebody else's does.
func TestLeftovers(t *testing.T) {
	b, ctx := newBench(t), context.Background()
	network := props{"name": unique("net"), "driver": "overlay", "attachable": true, "ipamConfigs": []any{subnet()}, "labels": testLabels}
	first := b.object("Network", "net").create(network)
	again := b.object("Network", "net").create(network)
	if again.id != first.id {
		t.Errorf("the network was made again: %s, %s", first.id, again.id)
	}
	again.steady(network)

	for kind, in := range map[string]props{
		"Container": with(sleeper(unique("left")), props{"labels": testLabels}),
		"Service":   waiting(unique("left"), nil, props{"labels": testLabels}),
	} {
		lost := b.object(kind, "lost").create(in)
		if kind == "Container" {
			// Interrupted before it was started.
			now := 0
			if err := b.engine().ContainerStop(ctx, lost.id, container.StopOptions{Timeout: &now}); err != nil {
				t.Fatal(err)
			}
		}
		found := b.object(kind, "found").create(in)
		if found.id == lost.id {
			t.Errorf("%s: not made again", kind)
		}
		found.steady(in)
		// Another one of that name, with other inputs or without the labels.
		for _, other := range []props{{"labels": append([]any{props{"label": "x", "value": "y"}}, testLabels...)}, {"labels": nil}} {
			if err := b.object(kind, "other").tryCreate(with(in, other)); err == nil {
				t.Errorf("%s: somebody else's was taken", kind)
			}
		}
		if !found.refresh() {
			t.Errorf("%s: removed by the others' attempts", kind)
		}
	}
}
