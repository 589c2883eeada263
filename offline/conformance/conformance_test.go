// Package conformance compares the offline providers with the installed SDKs of the official ones.
package conformance

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"semesterhub/offline/command"
	"semesterhub/offline/internal/kit"
	"semesterhub/offline/random"
	"semesterhub/offline/tls"
)

var (
	assignment = regexp.MustCompile(`resourceInputs\["(\w+)"\] = (.*);`)
	typeToken  = regexp.MustCompile(`__pulumiType = '([^']+)'`)
	secrets    = regexp.MustCompile(`additionalSecretOutputs: \[([^\]]*)\]`)
	required   = regexp.MustCompile(`Missing required property '(\w+)'`)
	quoted     = regexp.MustCompile(`"(\w+)"`)
)

// sdkResource is what an SDK's generated code says of a resource.
type sdkResource struct{ inputs, outputs, secrets, required []string }

// readSDK reads the resources of an installed SDK by their type tokens.
func readSDK(t *testing.T, name string) map[string]sdkResource {
	t.Helper()
	root := filepath.Join("..", "..", "node_modules", "@pulumi", name)
	if _, err := os.Stat(root); err != nil {
		t.Skipf("@pulumi/%s is not installed: npm ci", name)
	}
	resources := map[string]sdkResource{}
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".js") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		token := typeToken.FindSubmatch(text)
		_, body, found := strings.Cut(string(text), "constructor(")
		if token == nil || !found {
			return nil
		}
		resource := sdkResource{}
		for _, match := range assignment.FindAllStringSubmatch(body, -1) {
			name, value := match[1], match[2]
			switch {
			case strings.Contains(value, "args?."):
				resource.inputs = append(resource.inputs, name)
			case strings.Contains(value, "/*out*/") && !slices.Contains(resource.inputs, name):
				resource.outputs = append(resource.outputs, name)
			}
		}
		for _, match := range required.FindAllStringSubmatch(body, -1) {
			resource.required = append(resource.required, match[1])
		}
		if match := secrets.FindStringSubmatch(body); match != nil {
			for _, name := range quoted.FindAllStringSubmatch(match[1], -1) {
				resource.secrets = append(resource.secrets, name[1])
			}
		}
		resources[string(token[1])] = resource
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return resources
}

// refused are the outputs of inputs that are refused: they cannot come to be.
var refused = map[string][]string{"command:local:Command": {"archive", "assets"}}

func TestProvidersHaveEveryNameOfTheirSDK(t *testing.T) {
	for name, resources := range map[string][]kit.Resource{
		command.Name: command.Resources(), random.Name: random.Resources(), tls.Name: tls.Resources(),
	} {
		sdk := readSDK(t, name)
		for _, resource := range resources {
			t.Run(resource.Token, func(t *testing.T) {
				official, ok := sdk[resource.Token]
				if !ok || len(official.inputs) == 0 {
					t.Fatal("the SDK has no such resource")
				}
				compare(t, resource, official)
			})
		}
	}
}

func compare(t *testing.T, resource kit.Resource, official sdkResource) {
	t.Helper()
	inputs, mandatory, outputs := []string{}, []string{}, slices.Clone(refused[resource.Token])
	marked := map[string]bool{}
	for _, in := range resource.Inputs {
		inputs = append(inputs, in.Name)
		marked[in.Name] = in.Secret || in.Refused != ""
		if in.Required {
			mandatory = append(mandatory, in.Name)
		}
	}
	for _, out := range resource.Outputs {
		outputs = append(outputs, out.Name)
		marked[out.Name] = out.Secret
	}
	sameNames(t, "inputs", inputs, official.inputs)
	sameNames(t, "outputs", outputs, official.outputs)
	for _, name := range official.secrets {
		if !marked[name] {
			t.Errorf("%s is a secret in the SDK and not here", name)
		}
	}
	for _, name := range official.required {
		if !slices.Contains(mandatory, name) {
			t.Errorf("%s is required by the SDK and not here", name)
		}
	}
}

func sameNames(t *testing.T, what string, ours, theirs []string) {
	t.Helper()
	slices.Sort(ours)
	slices.Sort(theirs)
	theirs = slices.Compact(theirs)
	if !slices.Equal(ours, theirs) {
		t.Errorf("%s: the provider has %v, the SDK %v", what, ours, theirs)
	}
}
