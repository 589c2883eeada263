package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
)

var (
	assignment = regexp.MustCompile(`resourceInputs\["(\w+)"\] = (.*);`)
	typeToken  = regexp.MustCompile(`__pulumiType = '([^']+)'`)
	argument   = regexp.MustCompile(`"(\w+)": args\.\w+`)
	secrets    = regexp.MustCompile(`additionalSecretOutputs: \[([^\]]*)\]`)
	required   = regexp.MustCompile(`Missing required property '(\w+)'`)
	quoted     = regexp.MustCompile(`"(\w+)"`)
	member     = regexp.MustCompile(`(?m)^    (?:readonly )?(\w+)\??: `)
)

// sdk reads a file of the installed SDK: "compute/instance.js".
func sdk(t *testing.T, file string) string {
	t.Helper()
	root := filepath.Join("..", "..", "node_modules", "@pulumi", "openstack")
	if _, err := os.Stat(root); err != nil {
		t.Skip("@pulumi/openstack is not installed: npm ci")
	}
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// file is where the SDK keeps a token's code: "compute/instance".
func file(token string) string {
	return strings.Split(token, ":")[1]
}

func TestVersionIsTheSDKs(t *testing.T) {
	if text := sdk(t, "package.json"); !strings.Contains(text, `"version": "v`+version+`"`) {
		t.Errorf("the installed SDK is not %s", version)
	}
}

func TestResourcesHaveEveryNameOfTheSDK(t *testing.T) {
	info := provider()
	for terraform, resource := range info.Resources {
		token := string(resource.Tok)
		t.Run(token, func(t *testing.T) {
			known, ok := info.P.ResourcesMap().GetOk(terraform)
			if !ok {
				t.Fatalf("the Terraform provider has no %s", terraform)
			}
			code := sdk(t, file(token)+".js")
			if found := typeToken.FindStringSubmatch(code); found == nil || found[1] != token {
				t.Fatalf("the SDK's type there is %v", found)
			}
			_, body, _ := strings.Cut(code, "constructor(")
			var inputs, outputs []string
			for _, match := range assignment.FindAllStringSubmatch(body, -1) {
				switch {
				case strings.Contains(match[2], "args"):
					inputs = append(inputs, match[1])
				case strings.Contains(match[2], "/*out*/"):
					outputs = append(outputs, match[1])
				}
			}
			var ourInputs, ourOutputs, mandatory, secret []string
			for name, property := range properties(known.Schema(), resource.Fields) {
				if name == "id" {
					continue
				}
				if property.Optional() || property.Required() {
					ourInputs = append(ourInputs, name)
				} else {
					ourOutputs = append(ourOutputs, name)
				}
				// A name that is left out is made up.
				if property.Required() && name != "name" {
					mandatory = append(mandatory, name)
				}
				if property.Sensitive() {
					secret = append(secret, name)
				}
			}
			same(t, "inputs", ourInputs, inputs)
			same(t, "outputs", ourOutputs, without(outputs, inputs))
			same(t, "required", mandatory, names(required, body))
			var official []string
			if match := secrets.FindStringSubmatch(body); match != nil {
				official = names(quoted, match[1])
			}
			same(t, "secrets", secret, official)
			nested(t, token, known.Schema(), resource.Fields)
		})
	}
}

func TestDataSourcesHaveEveryNameOfTheSDK(t *testing.T) {
	info := provider()
	for terraform, source := range info.DataSources {
		token := string(source.Tok)
		t.Run(token, func(t *testing.T) {
			known, ok := info.P.DataSourcesMap().GetOk(terraform)
			if !ok {
				t.Fatalf("the Terraform provider has no %s", terraform)
			}
			code := sdk(t, file(token)+".js")
			if !strings.Contains(code, `invoke("`+token+`"`) {
				t.Fatal("the SDK calls another token")
			}
			call, _, _ := strings.Cut(code[strings.Index(code, `invoke("`):], "}, opts)")
			var arguments []string
			for name, property := range properties(known.Schema(), source.Fields) {
				if name != "id" && (property.Optional() || property.Required()) {
					arguments = append(arguments, name)
				}
			}
			same(t, "arguments", arguments, names(argument, call))
			nested(t, token, known.Schema(), source.Fields)
		})
	}
}

// nested compares what is inside of lists and sections, which the SDK has as types of their own:
// compute/instance's block_device is InstanceBlockDevice in types/input.d.ts.
func nested(t *testing.T, token string, schema shim.SchemaMap, fields map[string]*tfbridge.SchemaInfo) {
	t.Helper()
	types := sdk(t, "types/output.d.ts")
	module, _, _ := strings.Cut(file(token), "/")
	_, types, found := strings.Cut(types, "export declare namespace "+module+" {")
	if !found {
		return
	}
	types, _, _ = strings.Cut(types, "\n}\n")
	_, owner, _ := strings.Cut(strings.TrimPrefix(token, name+":"), ":")
	owner = strings.ToUpper(owner[:1]) + owner[1:]
	schema.Range(func(key string, property shim.Schema) bool {
		inner, ok := property.Elem().(shim.Resource)
		if !ok || property.Removed() != "" {
			return true
		}
		plural := tfbridge.TerraformToPulumiNameV2(key, schema, fields)
		singular := strings.TrimSuffix(plural, "s")
		if stem, found := strings.CutSuffix(plural, "ies"); found {
			singular = stem + "y"
		}
		var body string
		for _, name := range []string{singular, plural} {
			_, rest, found := strings.Cut(types, "interface "+owner+strings.ToUpper(name[:1])+name[1:]+" {")
			if found {
				body, _, _ = strings.Cut(rest, "\n    }")
				break
			}
		}
		if body == "" {
			t.Errorf("%s: the SDK has no type %s…%s", plural, owner, singular)
			return true
		}
		var ours []string
		for name := range properties(inner.Schema(), nil) {
			ours = append(ours, name)
		}
		same(t, plural, ours, names(member, strings.ReplaceAll(body, "\n        ", "\n    ")))
		return true
	})
}

// properties are those of a schema by the names that the bridge gives them.
func properties(schema shim.SchemaMap, fields map[string]*tfbridge.SchemaInfo) map[string]shim.Schema {
	found := map[string]shim.Schema{}
	schema.Range(func(key string, property shim.Schema) bool {
		if property.Removed() == "" {
			found[tfbridge.TerraformToPulumiNameV2(key, schema, fields)] = property
		}
		return true
	})
	return found
}

func names(pattern *regexp.Regexp, text string) []string {
	var found []string
	for _, match := range pattern.FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

func without(list, others []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(name string) bool {
		return slices.Contains(others, name)
	})
}

func same(t *testing.T, what string, ours, theirs []string) {
	t.Helper()
	ours, theirs = slices.Clone(ours), slices.Clone(theirs)
	slices.Sort(ours)
	slices.Sort(theirs)
	theirs = slices.Compact(theirs)
	if !slices.Equal(ours, theirs) {
		t.Errorf("%s: here and not in the SDK %v, in the SDK and not here %v",
			what, without(ours, theirs), without(theirs, ours))
	}
}
