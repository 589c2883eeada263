package docker

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/swarm"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// waiting is a service that does nothing but be there, quickly up and down.
func waiting(name string, container, more props) props {
	spec := with(props{
		"image": base, "commands": []any{"sh", "-c"}, "args": []any{"trap 'exit 0' TERM; while :; do sleep 0.1; done"},
		"env": props{"A": "1"}, "stopGracePeriod": "2s",
	}, container)
	return with(props{
		"name": name,
		"taskSpec": props{
			"containerSpec": spec,
			"restartPolicy": props{"condition": "any", "delay": "0s", "window": "0s", "maxAttempts": 0},
		},
		"mode":           props{"replicated": props{"replicas": 1}},
		"endpointSpec":   props{"mode": "dnsrr"},
		"updateConfig":   props{"failureAction": "rollback", "monitor": "1s", "order": "stop-first"},
		"rollbackConfig": props{"monitor": "1s"},
		"convergeConfig": props{"delay": "1s", "timeout": "40s"},
	}, more)
}

func (b *bench) inspect(id string) swarm.Service {
	b.t.Helper()
	s, _, err := b.engine().ServiceInspectWithRaw(context.Background(), id, swarm.ServiceInspectOptions{})
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// TestService makes one with most of what a service can have, changes its
// image, variables and config in place, finds drift, and takes it away.
func TestService(t *testing.T) {
	b, ctx := newBench(t), context.Background()
	net := b.object("Network", "net").create(props{"name": unique("net"), "driver": "overlay", "attachable": true, "ipamConfigs": []any{subnet()}})
	vol := b.object("Volume", "t-prov-vol").create(props{})
	key := b.object("Secret", "t-prov-key").create(props{"data": "aHVudGVyMg=="})
	one := b.object("ServiceConfig", "t-prov-one").create(props{"data": "b25l"})
	two := b.object("ServiceConfig", "t-prov-two").create(props{"data": "dHdv"})
	config := func(o *object) []any {
		return []any{props{"configId": o.id, "configName": o.inputs.Get("name"), "fileName": "/etc/c", "fileMode": 0o440, "fileGid": "4242"}}
	}
	container := props{
		"user": "4242:4242", "groups": []any{"19999"}, "labels": testLabels, "readOnly": true, "init": true, "dir": "/tmp",
		"capDrops": []any{"ALL"}, "capAdds": []any{"CAP_CHOWN"}, "hostname": "box", "stopSignal": "SIGTERM",
		"mounts": []any{
			props{"type": "tmpfs", "target": "/tmp", "tmpfsOptions": props{"sizeBytes": 1048576, "mode": 0o1777}},
			props{"type": "bind", "source": "/tmp", "target": "/host", "readOnly": true},
			props{"type": "volume", "source": vol.inputs.Get("name"), "target": "/data", "volumeOptions": props{"noCopy": true}},
		},
		"secrets": []any{props{"secretId": key.id, "fileName": "key", "fileUid": "4242", "fileGid": "4242", "fileMode": 0o400}},
		"configs": config(one), "hosts": []any{props{"host": "h", "ip": "1.2.3.4"}},
		"healthcheck": props{"tests": []any{"CMD", "test", "-r", "/run/secrets/key"}, "interval": "1s", "timeout": "2s", "retries": 3, "startPeriod": "10s"},
		"dnsConfig":   props{"nameservers": []any{"127.0.0.11"}},
	}
	more := func(in props) props {
		in["taskSpec"] = with(in["taskSpec"].(props), props{
			"networksAdvanceds": []any{props{"id": net.id, "aliases": []any{"b", "a"}}},
			"resources":         props{"limits": props{"memoryBytes": 64 << 20, "nanoCpus": 500000000}, "reservation": props{"memoryBytes": 16 << 20}},
			"placement":         props{"constraints": []any{"node.role==manager"}},
			"logDriver":         props{"name": "json-file", "options": props{"max-size": "1m"}},
		})
		return with(in, props{"labels": testLabels})
	}
	name := unique("svc")
	in := more(waiting(name, container, nil))
	o := b.object("Service", "svc")
	o.create(in).steady(in)
	if tasks, err := b.engine().tasks(ctx, o.id); err != nil || len(tasks) != 1 || tasks[0].Status.State != swarm.TaskStateRunning {
		t.Fatalf("after convergence: %v, %v", tasks, err)
	}

	changed := more(waiting(name, with(container, props{"env": props{"A": "2"}, "configs": config(two)}), nil))
	if d := o.diff(changed); !d.HasChanges || len(d.DetailedDiff) != 2 {
		t.Errorf("the changes: %v", d.DetailedDiff)
	}
	id := o.id
	o.update(changed)
	o.steady(changed)
	live := b.inspect(id)
	if c := live.Spec.TaskTemplate.ContainerSpec; c.Env[0] != "A=2" || c.Configs[0].ConfigID != two.id {
		t.Errorf("after the update: %v %v", c.Env, c.Configs[0])
	}
	one.delete()

	live.Spec.Labels["by"] = "hand"
	live.Spec.TaskTemplate.ContainerSpec.Env = []string{"A=3"}
	if _, err := b.engine().ServiceUpdate(ctx, id, live.Version, live.Spec, swarm.ServiceUpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	o.refresh()
	if d := o.diff(changed).DetailedDiff; d["labels"].Kind != p.Update || d["taskSpec.containerSpec.env"].Kind != p.Update || len(d) != 2 {
		t.Errorf("drift: %v", d)
	}
	o.update(changed)
	o.steady(changed)

	o.delete()
	net.delete()
	vol.delete()
	if o.refresh() {
		t.Error("still there after its delete")
	}
}

// TestServiceScales in place, without touching the tasks that run.
func TestServiceScales(t *testing.T) {
	b, ctx, name := newBench(t), context.Background(), unique("scale")
	o := b.object("Service", "svc").create(waiting(name, nil, nil))
	before, err := b.engine().tasks(ctx, o.id)
	if err != nil || len(before) != 1 {
		t.Fatalf("%v, %v", before, err)
	}
	two := waiting(name, nil, props{"mode": props{"replicated": props{"replicas": 2}}})
	o.update(two)
	o.steady(two)
	after, err := b.engine().tasks(ctx, o.id)
	if err != nil || len(after) != 2 || after[0].ID != before[0].ID && after[1].ID != before[0].ID {
		t.Errorf("%d tasks, %v", len(after), err)
	}
	none := waiting(name, nil, props{"mode": props{"replicated": props{"replicas": 0}}})
	o.update(none)
	o.steady(none)
}

// TestServiceThatNeverRuns: the error is the task's own, and the service is gone.
func TestServiceThatNeverRuns(t *testing.T) {
	b := newBench(t)
	for what, c := range map[string]struct {
		container props
		more      props
		want      []string
	}{
		"exits": {
			props{"args": []any{"echo out of cheese; exit 7"}},
			props{"convergeConfig": props{"timeout": "6s"}}, []string{"did not converge within 6s", "(7)", "out of cheese"},
		},
		"no image": {props{"image": "t-prov/none:1"}, props{"convergeConfig": props{"timeout": "6s"}}, []string{"No such image", "t-prov/none:1"}},
		"no mount": {
			props{"mounts": []any{props{"type": "bind", "source": "/nowhere/at/all", "target": "/x"}}},
			props{"convergeConfig": props{"timeout": "6s"}}, []string{"/nowhere/at/all"},
		},
		"no node": {nil, props{"convergeConfig": props{"timeout": "4s"}}, []string{"no suitable node"}},
	} {
		name := unique("never")
		in := waiting(name, c.container, c.more)
		if what == "no node" {
			in["taskSpec"] = with(in["taskSpec"].(props), props{"placement": props{"constraints": []any{"node.labels.t-prov==never"}}})
		}
		t.Run(what, func(t *testing.T) {
			wantError(t, b.object("Service", "svc").tryCreate(in), append(c.want, name)...)
			if _, _, err := b.engine().ServiceInspectWithRaw(context.Background(), name, swarm.ServiceInspectOptions{}); err == nil {
				t.Error("the service was left behind")
			}
		})
	}
	once := waiting(unique("once"), props{"args": []any{"exit 1"}}, nil)
	once["taskSpec"] = with(once["taskSpec"].(props), props{"restartPolicy": props{"condition": "none"}})
	wantError(t, b.object("Service", "svc").tryCreate(once), "not started again", "(1)")
}

// TestFailedUpdate: rolled back, or paused; either way with the task's error,
// and the state keeps what it knew.
func TestFailedUpdate(t *testing.T) {
	b, name := newBench(t), unique("roll")
	in := waiting(name, nil, nil)
	o := b.object("Service", "svc").create(in)
	bad := props{"args": []any{"echo wrong turn; exit 9"}}
	wantError(t, o.tryUpdate(waiting(name, bad, nil)), name, "rolled back", "(9)", "wrong turn")
	if args := b.inspect(o.id).Spec.TaskTemplate.ContainerSpec.Args[0]; strings.Contains(args, "wrong turn") {
		t.Errorf("not rolled back: %q", args)
	}
	o.steady(in)
	pause := props{"updateConfig": props{"failureAction": "pause", "monitor": "1s"}}
	wantError(t, o.tryUpdate(waiting(name, bad, pause)), name, "paused", "(9)")
	// Put right, it converges again.
	o.update(in)
	o.steady(in)
}

// TestServiceWithSecrets: what is secret in the inputs is secret in the state.
func TestServiceSecretsStaySecret(t *testing.T) {
	in := waiting("svc", props{"env": props{"TOKEN": property.New("hunter2").WithSecret(true)}}, nil)
	in["auth"] = props{"serverAddress": "r.example", "username": "u", "password": "p"}
	o := (&bench{t: t, provider: New()}).object("Service", "svc")
	state := o.preview(in)
	token := state.Get("taskSpec").AsMap().Get("containerSpec").AsMap().Get("env").AsMap().Get("TOKEN")
	if !token.Secret() || token.AsString() != "hunter2" {
		t.Error("the variable is not secret any more")
	}
	if !state.Get("auth").AsMap().Get("password").Secret() {
		t.Error("the registry's password is not secret")
	}
}

func TestASlowEngineIsAskedSeldom(t *testing.T) {
	for took, want := range map[time.Duration]time.Duration{
		time.Millisecond:       pollEvery,
		200 * time.Millisecond: 2 * time.Second,
		time.Minute:            10 * time.Second,
	} {
		if got := pauseAfter(took); got != want {
			t.Errorf("after a look of %s: a pause of %s, not of %s", took, got, want)
		}
	}
}
