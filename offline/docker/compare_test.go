package docker

import (
	"context"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

func taskWith(container props, task props) props {
	return with(props{"containerSpec": with(props{"image": base}, container)}, task)
}

// TestReplaceOrUpdate: which input replaces and which updates in place.
func TestReplaceOrUpdate(t *testing.T) {
	container := props{"name": "c", "image": base}
	service := props{"name": "s", "taskSpec": taskWith(nil, nil)}
	labels := []any{props{"label": "a", "value": "b"}}
	for _, c := range []struct {
		kind    string
		from    props
		change  props
		at      string
		replace bool
		first   bool
	}{
		{"Network", props{"name": "n", "driver": "overlay"}, props{"driver": "bridge"}, "driver", true, true},
		{"Network", props{"driver": "overlay"}, props{"driver": "bridge"}, "driver", true, false},
		{"Volume", props{"name": "v"}, props{"labels": labels}, "labels", true, true},
		{"Secret", props{"data": "YQ=="}, props{"data": "Yg=="}, "data", true, false},
		{"ServiceConfig", props{"data": "YQ=="}, props{"data": "Yg=="}, "data", true, false},
		{"RemoteImage", props{"name": "a"}, props{"name": "b"}, "name", false, false},
		{"RemoteImage", props{"name": "a"}, props{"triggers": props{"x": "1"}}, "triggers", true, false},
		{"Container", container, props{"image": "other"}, "image", true, true},
		{"Container", container, props{"envs": []any{"A=1"}}, "envs", true, true},
		{"Container", container, props{"command": []any{"true"}}, "command", true, true},
		{"Container", container, props{"ports": []any{props{"internal": 80}}}, "ports", true, true},
		{"Container", with(container, props{"healthcheck": props{"tests": []any{"CMD", "true"}}}),
			props{"healthcheck": props{"tests": []any{"NONE"}}}, "healthcheck.tests", true, true},
		{"Container", container, props{"tmpfs": props{"/tmp": ""}}, "tmpfs", true, true},
		{"Container", container, props{"restart": "always"}, "restart", false, true},
		{"Container", container, props{"memory": 64}, "memory", false, true},
		{"Container", container, props{"mustRun": false}, "mustRun", false, true},
		{"Container", container, props{"waitTimeout": 9}, "waitTimeout", false, true},
		{"Service", service, props{"name": "other"}, "name", true, false},
		{"Service", service, props{"auth": props{"serverAddress": "r"}}, "auth.serverAddress", true, true},
		{"Service", service, props{"mode": props{"global": true}}, "mode.global", true, true},
		{"Service", service, props{"mode": props{"replicated": props{"replicas": 2}}}, "mode.replicated.replicas", false, true},
		{"Service", service, props{"taskSpec": taskWith(props{"image": "other"}, nil)}, "taskSpec.containerSpec.image", false, true},
		{"Service", service, props{"taskSpec": taskWith(props{"env": props{"A": "1"}}, nil)}, "taskSpec.containerSpec.env", false, true},
		{"Service", service, props{"taskSpec": taskWith(props{"labels": labels}, nil)}, "taskSpec.containerSpec.labels", true, true},
		{"Service", service, props{"taskSpec": taskWith(props{"sysctl": props{"a": "1"}}, nil)}, "taskSpec.containerSpec.sysctl", true, true},
		{"Service", service, props{"taskSpec": taskWith(props{"hosts": []any{props{"host": "h", "ip": "1.1.1.1"}}}, nil)},
			"taskSpec.containerSpec.hosts", true, true},
		{"Service", service, props{"taskSpec": taskWith(nil, props{"networksAdvanceds": []any{props{"id": "x"}}})},
			"taskSpec.networksAdvanceds", true, true},
		{"Service", service, props{"labels": labels}, "labels", false, true},
		{"Service", service, props{"endpointSpec": props{"mode": "dnsrr"}}, "endpointSpec.mode", false, true},
	} {
		o := (&bench{t: t, provider: New()}).object(c.kind, "thing")
		o.inputs = o.check(c.from)
		d := o.diff(with(c.from, c.change))
		change, ok := d.DetailedDiff[c.at]
		if !ok || len(d.DetailedDiff) != 1 {
			t.Errorf("%s %s: the changes are %v", c.kind, c.at, d.DetailedDiff)
			continue
		}
		if replaces := strings.HasSuffix(string(change.Kind), "&replace"); replaces != c.replace {
			t.Errorf("%s %s: replace is %v, wanted %v", c.kind, c.at, replaces, c.replace)
		}
		if d.DeleteBeforeReplace != c.first {
			t.Errorf("%s %s: delete first is %v, wanted %v", c.kind, c.at, d.DeleteBeforeReplace, c.first)
		}
	}
}

// TestSameInOtherWords: what asks the engine for the same is no change.
func TestSameInOtherWords(t *testing.T) {
	labels := func(names ...string) []any {
		var list []any
		for _, name := range names {
			list = append(list, props{"label": name, "value": "x"})
		}
		return list
	}
	for _, c := range []struct {
		kind string
		a, b props
	}{
		{"Network", props{"name": "n", "labels": labels("a", "b")}, props{"name": "n", "labels": labels("b", "a")}},
		{"Network", props{"name": "n"}, props{"name": "n", "labels": []any{}}},
		{"Container", props{"name": "c", "image": base, "envs": []any{"A=1", "B=2"}},
			props{"name": "c", "image": "docker.io/library/" + base, "envs": []any{"B=2", "A=1"}}},
		{"Service", props{"name": "s", "taskSpec": taskWith(props{"stopGracePeriod": "60s"}, nil)},
			props{"name": "s", "taskSpec": taskWith(props{"stopGracePeriod": "1m"}, nil)}},
		{"Secret", props{"name": "s", "data": "YQ=="}, props{"name": "s", "data": property.New("YQ==").WithSecret(true)}},
	} {
		o := (&bench{t: t, provider: New()}).object(c.kind, "thing")
		o.inputs = o.check(c.a)
		o.wantSame(c.b)
	}
	o := (&bench{t: t, provider: New()}).object("Container", "c")
	o.inputs = o.check(props{"name": "c", "image": base, "command": []any{"a", "b"}})
	if !o.diff(props{"name": "c", "image": base, "command": []any{"b", "a"}}).HasChanges {
		t.Error("the order of a command does not count")
	}
}

// TestRefusals: what is wrong is said at check, by name.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		kind string
		in   props
		at   string
	}{
		{"Volume", props{"cluster": props{"group": "g"}}, "cluster"},
		{"RemoteImage", props{"name": "x", "build": props{"context": "."}}, "build"},
		{"Network", props{"nonsense": true}, "nonsense"},
		{"Network", props{"ipamConfigs": []any{props{"subnett": "x"}}}, "ipamConfigs[0].subnett"},
		{"Network", props{"driver": 5}, "driver"},
		{"Secret", props{}, "data"},
		{"Secret", props{"data": "not base64!"}, "data"},
		{"ServiceConfig", props{}, "data"},
		{"ServiceConfig", props{"data": "YQ==", "dataRaw": "a"}, "data"},
		{"Container", props{"image": base, "wait": true}, "wait"},
		{"Container", props{"image": base, "gpus": "0"}, "gpus"},
		{"Container", props{"image": base, "restart": "sometimes"}, "restart"},
		{"Container", props{"image": base, "memory": 1.5}, "memory"},
		{"Container", props{"image": base, "uploads": []any{props{"file": "/a", "owner": "root"}}}, "uploads[0].owner"},
		{"Service", props{}, "taskSpec"},
		{"Service", props{"taskSpec": props{"containerSpec": props{}}}, "taskSpec.containerSpec.image"},
		{"Service", props{"taskSpec": taskWith(props{"stopGracePeriod": "soon"}, nil)}, "taskSpec.containerSpec.stopGracePeriod"},
		{"Service", props{"taskSpec": taskWith(nil, nil), "mode": props{"global": true}, "convergeConfig": props{}}, "convergeConfig"},
		{"Service", props{"taskSpec": taskWith(props{"privileges": props{"credentialSpec": props{"file": "x"}}}, nil)},
			"taskSpec.containerSpec.privileges.credentialSpec"},
		{"Service", props{"taskSpec": taskWith(nil, props{"networksAdvanceds": []any{props{}}})}, "taskSpec.networksAdvanceds[0].id"},
		{"Image", props{"imageName": "Not A Name"}, "imageName"},
		{"Image", props{"imageName": "a", "build": props{"context": "/nowhere/at/all"}}, "build.context"},
	} {
		_, failures := (&bench{t: t, provider: New()}).object(c.kind, "thing").tryCheck(c.in)
		found := false
		for _, f := range failures {
			found = found || f.Property == c.at
		}
		if !found {
			t.Errorf("%s %v: wanted a failure at %q, got %v", c.kind, c.in, c.at, failures)
		}
	}
	o := (&bench{t: t, provider: New()}).object("Plugin", "thing")
	_, err := o.provider.Check(context.Background(), p.CheckRequest{Urn: o.urn})
	wantError(t, err, "docker:index/plugin:Plugin", "not carried out")
}
