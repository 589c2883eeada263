package docker

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"testing"

	dockernetwork "github.com/docker/docker/api/types/network"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

var testLabels = []any{props{"label": "semesterhub.stack", "value": "t-prov"}, props{"label": "b", "value": ""}}

// subnets are this process's own, so that two runs do not meet.
var subnetCount = 0

func subnet() props {
	subnetCount++
	prefix := fmt.Sprintf("10.%d.%d", 204+os.Getpid()%40, (os.Getpid()/40+subnetCount)%256)
	return props{"subnet": prefix + ".0/24", "gateway": prefix + ".1"}
}

func TestNetwork(t *testing.T) {
	b := newBench(t)
	for _, driver := range []string{"overlay", "bridge"} {
		o, in := b.object("Network", "net"), props{
			"name": unique("net"), "driver": driver, "attachable": true, "ipamConfigs": []any{subnet()}, "labels": testLabels,
		}
		if driver == "bridge" {
			in["options"] = props{"com.docker.network.bridge.enable_icc": "false"}
		}
		seen := o.preview(in)
		if seen.Get("driver").AsString() != driver || !seen.Get("scope").IsComputed() {
			t.Errorf("preview: %v", seen)
		}
		o.create(in).steady(in)
		if o.state.Get("driver").AsString() != driver || !o.state.Get("scope").IsString() {
			t.Errorf("state: %v", o.state)
		}
		o.delete()
		if o.refresh() {
			t.Errorf("%s network: still there after its delete", driver)
		}
		o.delete()
	}
}

// TestNetworkWithoutAddresses: Swarm takes a network whose subnet is taken, and
// never gives it addresses. That is an error, and leaves nothing behind.
func TestNetworkWithoutAddresses(t *testing.T) {
	b := newBench(t)
	taken := subnet()
	first := b.object("Network", "first").create(props{
		"name": unique("first"), "driver": "overlay", "ipamConfigs": []any{taken},
	})
	name := unique("second")
	err := b.object("Network", "second").tryCreate(props{"name": name, "driver": "overlay", "ipamConfigs": []any{taken}})
	wantError(t, err, "no addresses", first.inputs.Get("name").AsString())
	if _, err := b.engine().NetworkInspect(context.Background(), name, dockernetwork.InspectOptions{}); err == nil {
		t.Error("the network was left behind")
	}
}

func TestVolume(t *testing.T) {
	b := newBench(t)
	o, in := b.object("Volume", "t-prov-vol"), props{"labels": testLabels}
	o.create(in).steady(in)
	if o.state.Get("driver").AsString() != "local" || o.state.Get("mountpoint").AsString() == "" {
		t.Errorf("state: %v", o.state)
	}
	o.delete()
	if o.refresh() {
		t.Error("still there after its delete")
	}
}

func TestAutonames(t *testing.T) {
	o := (&bench{t: t, provider: New()}).object("Secret", "login")
	o.inputs = o.check(props{"data": "YQ=="})
	name := o.inputs.Get("name").AsString()
	if len(name) != len("login-")+7 {
		t.Errorf("the name is %q", name)
	}
	if again := o.check(props{"data": "Yg=="}).Get("name").AsString(); again != name {
		t.Errorf("an update has another name: %q", again)
	}
	o.inputs = property.Map{}
	if other := o.check(props{"data": "Yg=="}).Get("name").AsString(); other == name {
		t.Error("a replacement has the same name")
	}
}

func TestSecretAndServiceConfig(t *testing.T) {
	b, e := newBench(t), newBench(t).engine()
	data := base64.StdEncoding.EncodeToString([]byte("hunter2"))
	s, in := b.object("Secret", "t-prov-secret"), props{"data": data, "labels": testLabels}
	s.create(in).steady(in)
	if !s.state.Get("data").Secret() || s.state.Get("data").AsString() != data {
		t.Errorf("the data in the state: secret %v", s.state.Get("data").Secret())
	}
	if live, _, err := e.SecretInspectWithRaw(context.Background(), s.id); err != nil || live.Spec.Labels["semesterhub.stack"] != "t-prov" {
		t.Errorf("the secret on the engine: %+v, %v", live, err)
	}
	c := b.object("ServiceConfig", "t-prov-config")
	c.create(in).steady(in)
	if live, _, err := e.ConfigInspectWithRaw(context.Background(), c.id); err != nil || string(live.Spec.Data) != "hunter2" {
		t.Errorf("the config on the engine: %+v, %v", live, err)
	}
	raw := b.object("ServiceConfig", "t-prov-raw").create(props{"dataRaw": "raw text"})
	raw.steady(props{"dataRaw": "raw text"})
	if err := e.ConfigRemove(context.Background(), c.id); err != nil {
		t.Fatal(err)
	}
	if c.refresh() {
		t.Error("a config removed by hand is still in the state")
	}
	s.delete()
	if s.refresh() {
		t.Error("still there after its delete")
	}
}

// TestDrift: what changed on the engine is shown, in the words of the inputs.
func TestDrift(t *testing.T) {
	b, e := newBench(t), newBench(t).engine()
	o := b.object("ServiceConfig", "t-prov-drift").create(props{"data": "YQ==", "labels": []any{}})
	live, _, err := e.ConfigInspectWithRaw(context.Background(), o.id)
	if err != nil {
		t.Fatal(err)
	}
	live.Spec.Labels = map[string]string{"by": "hand"}
	if err := e.ConfigUpdate(context.Background(), o.id, live.Version, live.Spec); err != nil {
		t.Fatal(err)
	}
	o.refresh()
	change := o.diff(props{"data": "YQ==", "labels": []any{}}).DetailedDiff["labels"]
	if change.Kind != p.DeleteReplace {
		t.Errorf("a label put there by hand: %v", change)
	}
}

// TestRemovedEarlier: deleting what is gone is done.
func TestRemovedEarlier(t *testing.T) {
	b := newBench(t)
	for _, kind := range []string{"Network", "Volume", "Secret", "ServiceConfig", "Container", "Service"} {
		o := b.object(kind, "gone")
		o.id = "t-prov-never-was"
		if err := o.tryDelete(); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if o.refresh() {
			t.Errorf("%s: read found it", kind)
		}
	}
}

func TestFunctions(t *testing.T) {
	b := newBench(t)
	n := b.object("Network", "net").create(props{"name": unique("net")})
	r, err := b.provider.Invoke(context.Background(), p.InvokeRequest{
		Token: "docker:index/getNetwork:getNetwork", Args: values(props{"name": n.inputs.Get("name")}),
	})
	if err != nil || r.Return.Get("id").AsString() != n.id || r.Return.Get("driver").AsString() != "bridge" {
		t.Errorf("getNetwork: %v, %v", r.Return, err)
	}
	r, err = b.provider.Invoke(context.Background(), p.InvokeRequest{
		Token: "docker:index/getRemoteImage:getRemoteImage", Args: values(props{"name": base}),
	})
	if err != nil || r.Return.Get("id").AsString() == "" {
		t.Errorf("getRemoteImage: %v, %v", r.Return, err)
	}
	_, err = b.provider.Invoke(context.Background(), p.InvokeRequest{Token: "docker:index/getLogs:getLogs"})
	wantError(t, err, "getLogs", "not carried out")
}
