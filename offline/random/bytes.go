package random

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"semesterhub/offline/internal/kit"
)

// atLeastOne refuses a length below one.
func atLeastOne(name string) func(kit.Values) []p.CheckFailure {
	return func(in kit.Values) []p.CheckFailure {
		if in.Has(name) && in.Int(name) < 1 {
			return []p.CheckFailure{kit.Failure(name,
				fmt.Sprintf("must be at least 1; it is %d", in.Int(name)))}
		}
		return nil
	}
}

func readBytes(length int) ([]byte, error) {
	data := make([]byte, length)
	if _, err := rand.Read(data); err != nil {
		return nil, fmt.Errorf("reading random bytes: %w", err)
	}
	return data, nil
}

func randomBytes() kit.Resource {
	return kit.Resource{
		Token: "random:index/randomBytes:RandomBytes",
		Inputs: []kit.Input{
			keepers(),
			{Name: "length", Type: kit.Integer, Required: true},
		},
		Outputs:  []kit.Output{{Name: "base64", Secret: true}, {Name: "hex", Secret: true}},
		Validate: atLeastOne("length"),
		Create: func(_ context.Context, req kit.Request) (kit.Result, error) {
			data, err := readBytes(req.Inputs.Int("length"))
			// The value is a secret and an ID is not, hence the official provider's constant.
			return kit.Result{ID: "none", Outputs: map[string]property.Value{
				"base64": kit.Text(base64.StdEncoding.EncodeToString(data)),
				"hex":    kit.Text(hex.EncodeToString(data)),
			}}, err
		},
	}
}

func randomID() kit.Resource {
	return kit.Resource{
		Token: "random:index/randomId:RandomId",
		Inputs: []kit.Input{
			{Name: "byteLength", Type: kit.Integer, Required: true},
			keepers(),
			{Name: "prefix", Type: kit.String},
		},
		Outputs:  []kit.Output{{Name: "b64Std"}, {Name: "b64Url"}, {Name: "dec"}, {Name: "hex"}},
		Validate: atLeastOne("byteLength"),
		Create: func(_ context.Context, req kit.Request) (kit.Result, error) {
			data, err := readBytes(req.Inputs.Int("byteLength"))
			prefix := req.Inputs.String("prefix")
			id := base64.RawURLEncoding.EncodeToString(data)
			return kit.Result{ID: id, Outputs: map[string]property.Value{
				"b64Std": kit.Text(prefix + base64.StdEncoding.EncodeToString(data)),
				"b64Url": kit.Text(prefix + id),
				"dec":    kit.Text(prefix + new(big.Int).SetBytes(data).String()),
				"hex":    kit.Text(prefix + hex.EncodeToString(data)),
			}}, err
		},
	}
}
