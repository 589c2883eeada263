package kit

import (
	"context"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// TestMarker: only a provider whose official plugin notes the framework's
// version in its inputs does so here.
func TestMarker(t *testing.T) {
	for _, bridged := range []bool{true, false} {
		server, err := Server("x", "1.0.0", p.Provider{
			CheckConfig: func(_ context.Context, req p.CheckRequest) (p.CheckResponse, error) {
				return p.CheckResponse{Inputs: req.Inputs}, nil
			},
		}, bridged, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := server.CheckConfig(context.Background(), &rpc.CheckRequest{
			Urn: "urn:pulumi:s::p::pulumi:providers:x::d",
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, noted := r.GetInputs().GetFields()[marker]; noted == bridged {
			t.Errorf("bridged %v, and the version is noted: %v", bridged, noted)
		}
	}
}
