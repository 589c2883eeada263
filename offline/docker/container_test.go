package docker

import (
	"context"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
)

func sleeper(name string) props {
	return props{"name": name, "image": base, "command": []any{"sleep", "infinity"}, "init": true}
}

// TestContainer makes one with most of what a container can have and wants it
// to be no change afterwards.
func TestContainer(t *testing.T) {
	b, ctx := newBench(t), context.Background()
	net := b.object("Network", "net").create(props{"name": unique("net"), "driver": "overlay", "attachable": true, "ipamConfigs": []any{subnet()}})
	other := b.object("Network", "other").create(props{"name": unique("other"), "ipamConfigs": []any{subnet()}})
	vol := b.object("Volume", "t-prov-vol").create(props{})
	in := with(sleeper(unique("c")), props{
		"envs": []any{"B=2", "A=1"}, "labels": testLabels, "user": "4242:4242", "readOnly": true, "hostname": "box",
		"networksAdvanced": []any{
			props{"name": net.inputs.Get("name"), "aliases": []any{"one", "two"}},
			props{"name": other.id, "aliases": []any{"three"}},
		},
		"tmpfs":        props{"/tmp": "size=1m"},
		"capabilities": props{"drops": []any{"ALL"}, "adds": []any{"CHOWN", "CAP_NET_BIND_SERVICE"}},
		"ports":        []any{props{"internal": 80, "ip": "127.0.0.1"}, props{"internal": 53, "protocol": "udp", "external": 0}},
		"restart":      "unless-stopped", "memory": 64, "memorySwap": 64, "memoryReservation": 32, "cpus": "0.50",
		"logDriver": "json-file", "logOpts": props{"max-size": "1m"}, "securityOpts": []any{"no-new-privileges:true"},
		"healthcheck": props{"tests": []any{"CMD", "test", "-f", "/upload/a"}, "interval": "1s", "retries": 3},
		"wait":        true, "waitTimeout": 30, "destroyGraceSeconds": 2, "groupAdds": []any{"19999"}, "shmSize": 32,
		"hosts":   []any{props{"host": "h", "ip": "1.2.3.4"}},
		"ulimits": []any{props{"name": "nofile", "soft": 1000, "hard": 2000}}, "workingDir": "/tmp", "stopTimeout": 3,
		"mounts":  []any{props{"type": "bind", "source": "/tmp", "target": "/host", "readOnly": true}},
		"volumes": []any{props{"volumeName": vol.inputs.Get("name"), "containerPath": "/upload"}},
	})
	// A read-only container takes no upload; the volume gets its file first.
	filler := b.object("Container", "filler")
	filler.create(with(sleeper(unique("filler")), props{
		"volumes": []any{props{"volumeName": vol.inputs.Get("name"), "containerPath": "/upload"}},
		"uploads": []any{props{"file": "/upload/a", "content": "hello", "owner": "4242", "permissions": "0640"}},
	}))
	o := b.object("Container", "c")
	o.create(in).steady(in)
	live, err := b.engine().ContainerInspect(ctx, o.id)
	if err != nil || live.State.Health.Status != container.Healthy {
		t.Fatalf("not healthy after `wait`: %v", err)
	}
	if n := live.NetworkSettings.Networks; len(n) != 2 || n["bridge"] != nil {
		t.Errorf("networks: %v", n)
	}
	if o.state.Get("networkDatas").AsArray().Len() != 2 {
		t.Errorf("networkDatas: %v", o.state.Get("networkDatas"))
	}
	// In place: the same container, with other limits.
	changed := with(in, props{"memory": 96, "memorySwap": 96, "restart": "no"})
	o.update(changed)
	o.steady(changed)
	live, err = b.engine().ContainerInspect(ctx, o.id)
	if err != nil || live.HostConfig.Memory != 96*megabyte || live.HostConfig.RestartPolicy.Name != "no" {
		t.Errorf("after the update: %v, %+v", err, live.HostConfig.RestartPolicy)
	}
	began := time.Now()
	o.delete()
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the delete took %s", took)
	}
}

// TestContainerModes: those that share namespaces with the machine or another.
func TestContainerModes(t *testing.T) {
	b := newBench(t)
	first := with(sleeper(unique("host")), props{
		"networkMode": "host", "pidMode": "host", "ipcMode": "host", "cgroupnsMode": "host",
		"capabilities": props{"adds": []any{"NET_ADMIN", "SYS_ADMIN"}, "drops": []any{"ALL"}},
		"mounts":       []any{props{"type": "bind", "source": "/var/run/docker.sock", "target": "/var/run/docker.sock"}},
	})
	b.object("Container", "host").create(first).steady(first)
	alone := with(sleeper(unique("none")), props{"networkMode": "none", "start": true, "rm": true, "init": false})
	a := b.object("Container", "none").create(alone)
	a.steady(alone)
	beside := with(sleeper(unique("beside")), props{"networkMode": "container:" + alone["name"].(string), "mustRun": true})
	b.object("Container", "beside").create(beside).steady(beside)
	idle := with(sleeper(unique("idle")), props{"start": false})
	o := b.object("Container", "idle").create(idle)
	o.steady(idle)
}

func TestUpload(t *testing.T) {
	b := newBench(t)
	o := b.object("Container", "uploaded").create(props{
		"name": unique("up"), "image": base, "attach": true, "logs": true, "mustRun": false,
		"command": []any{"stat", "-c", "%n %a %u %s", "/etc/one", "/two"},
		"uploads": []any{
			props{"file": "/etc/one", "content": "12345", "permissions": "0600", "owner": "7"},
			props{"file": "/two", "contentBase64": "YWI=", "executable": true},
		},
	})
	if got := o.state.Get("containerLogs").AsString(); got != "/etc/one 600 7 5\n/two 744 0 2" {
		t.Errorf("the container saw %q", got)
	}
	if o.state.Get("exitCode").AsNumber() != 0 {
		t.Errorf("exit code %v", o.state.Get("exitCode"))
	}
}

// TestContainerThatFails says why, and leaves nothing in the way.
func TestContainerThatFails(t *testing.T) {
	b, name := newBench(t), unique("fails")
	in := with(sleeper(name), props{"command": []any{"sh", "-c", "echo no such thing >&2; exit 3"}})
	wantError(t, b.object("Container", "c").tryCreate(in), name, "code 3", "no such thing")
	sick := with(sleeper(name), props{
		"healthcheck": props{"tests": []any{"CMD-SHELL", "echo sick; exit 1"}, "interval": "1s", "retries": 1},
		"wait":        true, "waitTimeout": 3,
	})
	wantError(t, b.object("Container", "c").tryCreate(sick), name, "not healthy", "sick")
	wantError(t, b.object("Container", "c").tryCreate(with(sleeper(name), props{"image": "t-prov/none:1"})), "t-prov/none:1")
	if _, err := b.engine().ContainerInspect(context.Background(), name); err == nil {
		t.Error("a failed container was left behind")
	}
}

// TestContainerDrift: stopped or removed by hand.
func TestContainerDrift(t *testing.T) {
	b, ctx := newBench(t), context.Background()
	in, e := sleeper(unique("drift")), b.engine()
	o := b.object("Container", "c").create(in)
	now := 0
	if err := e.ContainerStop(ctx, o.id, container.StopOptions{Timeout: &now}); err != nil {
		t.Fatal(err)
	}
	o.refresh()
	d := o.diff(in)
	if _, ok := d.DetailedDiff["mustRun"]; !ok || len(d.DetailedDiff) != 1 {
		t.Fatalf("a stopped container: %v", d.DetailedDiff)
	}
	o.update(in)
	o.steady(in)
	if live, err := e.ContainerInspect(ctx, o.id); err != nil || !live.State.Running {
		t.Errorf("not started again: %v", err)
	}
	if err := e.ContainerRemove(ctx, o.id, container.RemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	if o.refresh() {
		t.Error("removed by hand and still in the state")
	}
}
