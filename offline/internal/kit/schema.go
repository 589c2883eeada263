package kit

import "encoding/json"

// The parts of a Pulumi package schema that a table can tell.
type (
	packageSchema struct {
		Name      string                    `json:"name"`
		Resources map[string]resourceSchema `json:"resources"`
	}
	resourceSchema struct {
		InputProperties map[string]typeSchema `json:"inputProperties,omitempty"`
		RequiredInputs  []string              `json:"requiredInputs,omitempty"`
		Properties      map[string]typeSchema `json:"properties,omitempty"`
	}
	typeSchema struct {
		Ref                  string      `json:"$ref,omitempty"`
		Type                 string      `json:"type,omitempty"`
		Items                *typeSchema `json:"items,omitempty"`
		AdditionalProperties *typeSchema `json:"additionalProperties,omitempty"`
		Secret               bool        `json:"secret,omitempty"`
		ReplaceOnChanges     bool        `json:"replaceOnChanges,omitempty"`
	}
)

// schema describes the provider's resources in Pulumi's own terms, for `pulumi package
// get-schema` and for the test that compares them with the installed SDKs.
func schema(pkg string, resources []Resource) (string, error) {
	result := packageSchema{Name: pkg, Resources: map[string]resourceSchema{}}
	for _, r := range resources {
		s := resourceSchema{
			InputProperties: map[string]typeSchema{}, Properties: map[string]typeSchema{},
		}
		for _, in := range r.Inputs {
			if in.Refused != "" {
				continue
			}
			t := schemaOf(in.Type)
			t.Secret = in.Secret
			s.Properties[in.Name] = t
			t.ReplaceOnChanges = in.Change == Replaces
			s.InputProperties[in.Name] = t
			if in.Required {
				s.RequiredInputs = append(s.RequiredInputs, in.Name)
			}
		}
		for _, out := range r.Outputs {
			t := schemaOf(out.Type)
			t.Secret = out.Secret
			s.Properties[out.Name] = t
		}
		result.Resources[r.Token] = s
	}
	text, err := json.Marshal(result)
	return string(text), err
}

func schemaOf(t Type) typeSchema {
	text := &typeSchema{Type: "string"}
	switch t {
	case Integer:
		return typeSchema{Type: "integer"}
	case Bool:
		return typeSchema{Type: "boolean"}
	case Strings:
		return typeSchema{Type: "array", Items: text}
	case StringMap:
		return typeSchema{Type: "object", AdditionalProperties: text}
	case List:
		return typeSchema{Type: "array", Items: &typeSchema{Ref: "pulumi.json#/Any"}}
	case Object:
		return typeSchema{
			Type: "object", AdditionalProperties: &typeSchema{Ref: "pulumi.json#/Any"},
		}
	case Source:
		return typeSchema{Ref: "pulumi.json#/Asset"}
	default:
		return *text
	}
}
