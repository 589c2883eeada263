package docker

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"sort"
	"strings"
	"testing"
)

// sdk reads a file of the installed @pulumi/docker.
func sdk(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "node_modules", "@pulumi", "docker", name)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("the SDK is not installed: %v", err)
	}
	return string(content)
}

// kinds are the SDK's files of the resources that this provider carries out,
// with the inputs that stand for each of its nested types.
var kinds = map[string]string{
	"network": "Network", "volume": "Volume", "image": "Image", "remoteImage": "RemoteImage",
	"container": "Container", "service": "Service", "secret": "Secret", "serviceConfig": "ServiceConfig",
}

func namesOf(t reflect.Type) map[string]field {
	names := map[string]field{}
	for _, f := range fieldsOf(t) {
		names[f.name] = f
	}
	return names
}

// TestEveryInputIsCarriedOutOrRefused: no input of the official SDK is unknown.
func TestEveryInputIsCarriedOutOrRefused(t *testing.T) {
	given := regexp.MustCompile(`resourceInputs\["(\w+)"\] = (.*);`)
	for file, kind := range kinds {
		r := resources["docker:index/"+file+":"+kind]
		if r == nil {
			t.Errorf("%s is not served", kind)
			continue
		}
		names, outs := namesOf(r.inputs()), map[string]bool{}
		for _, name := range r.traits().computed {
			outs[name] = true
		}
		for _, m := range given.FindAllStringSubmatch(sdk(t, file+".js"), -1) {
			name, expression := m[1], m[2]
			switch _, input := names[name]; {
			case strings.Contains(expression, "/*out*/"):
				if !outs[name] && !input {
					t.Errorf("%s: the output %q is not made", kind, name)
				}
			case strings.Contains(expression, "args") && !input:
				t.Errorf("%s: the input %q is neither carried out nor refused", kind, name)
			}
		}
	}
}

// TestEveryNestedInput does the same for the objects within the inputs.
func TestEveryNestedInput(t *testing.T) {
	declared := map[string][]string{}
	block := regexp.MustCompile(`(?s)export interface (\w+) \{(.*?)\n\}`)
	property := regexp.MustCompile(`(?m)^    (\w+)\??: `)
	for _, m := range block.FindAllStringSubmatch(sdk(t, "types/input.d.ts"), -1) {
		for _, name := range property.FindAllStringSubmatch(m[2], -1) {
			declared[m[1]] = append(declared[m[1]], name[1])
		}
	}
	// The SDK's names of types, where they are not path by path.
	irregular := map[string]string{
		"Image.build": "DockerBuild", "Image.build.cacheFrom": "CacheFrom", "Image.registry": "Registry",
	}
	seen := 0
	var walk func(path string, owner reflect.Type, interfaceName string)
	walk = func(path string, owner reflect.Type, interfaceName string) {
		names := namesOf(owner)
		if own, ok := declared[interfaceName]; ok && path != interfaceName {
			seen++
			for _, name := range own {
				if _, ok := names[name]; !ok {
					t.Errorf("%s: the input %q is neither carried out nor refused", path, name)
				}
			}
		} else if path != interfaceName {
			t.Errorf("%s: the SDK has no interface %s", path, interfaceName)
		}
		for _, f := range names {
			inner := plain(f.typ)
			list := inner.Kind() == reflect.Slice
			if list {
				inner = inner.Elem()
			}
			if inner.Kind() != reflect.Struct || inner == refusedType {
				continue
			}
			at, name := path+"."+f.name, interfaceName+strings.ToUpper(f.name[:1])+f.name[1:]
			if list {
				name = singular(name, declared)
			}
			if other, ok := irregular[at]; ok {
				name = other
			}
			walk(at, inner, name)
		}
	}
	for file, kind := range kinds {
		walk(kind, resources["docker:index/"+file+":"+kind].inputs(), kind)
	}
	if seen < 40 {
		t.Errorf("only %d nested types were compared", seen)
	}
}

func singular(name string, declared map[string][]string) string {
	for _, one := range []string{name, strings.TrimSuffix(name, "s")} {
		if _, ok := declared[one]; ok {
			return one
		}
	}
	return name
}

// TestRefusedInputs pins the list of what this provider does not do.
func TestRefusedInputs(t *testing.T) {
	var list []string
	var walk func(path string, owner reflect.Type)
	walk = func(path string, owner reflect.Type) {
		for _, f := range fieldsOf(owner) {
			inner := plain(f.typ)
			if inner == refusedType {
				list = append(list, path+"."+f.name)
			}
			if inner.Kind() == reflect.Slice {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct {
				walk(path+"."+f.name, inner)
			}
		}
	}
	for file, kind := range kinds {
		walk(kind, resources["docker:index/"+file+":"+kind].inputs())
	}
	walk("Provider", reflect.TypeFor[providerConfig]())
	sort.Strings(list)
	want := []string{
		"Provider.context", "Provider.sshOpts", "RemoteImage.build",
		"Service.taskSpec.containerSpec.privileges.credentialSpec", "Volume.cluster",
	}
	if !reflect.DeepEqual(list, want) {
		t.Errorf("refused: %q, wanted %q", list, want)
	}
}

// TestProviderSettings: every setting of the provider is known too.
func TestProviderSettings(t *testing.T) {
	names := namesOf(reflect.TypeFor[providerConfig]())
	for _, m := range regexp.MustCompile(`resourceInputs\["(\w+)"\] = `).FindAllStringSubmatch(sdk(t, "provider.js"), -1) {
		if _, ok := names[m[1]]; !ok {
			t.Errorf("the provider setting %q is neither carried out nor refused", m[1])
		}
	}
}
