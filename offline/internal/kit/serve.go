package kit

import (
	"context"
	"fmt"
	"os"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Main serves a provider until the engine that started it is done. bridged says
// that the official plugin of this name comes from Terraform.
func Main(name, version string, own p.Provider, bridged bool) {
	err := provider.MainContext(context.Background(), name, func(host *provider.HostClient) (rpc.ResourceProviderServer, error) {
		return Server(name, version, own, bridged, host)
	})
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}

// Server is what Main serves.
func Server(
	name, version string, own p.Provider, bridged bool, host *provider.HostClient,
) (rpc.ResourceProviderServer, error) {
	server, err := p.RawServer(name, version, own)(host)
	if err != nil || !bridged {
		return server, err
	}
	return unmarked{server}, nil
}

// unmarked keeps the version of pulumi-go-provider out of a provider's inputs,
// where it notes it. A plugin that is made otherwise would take its absence for a
// change of the provider.
type unmarked struct{ rpc.ResourceProviderServer }

const marker = "__pulumi-go-provider-version"

func (u unmarked) CheckConfig(ctx context.Context, req *rpc.CheckRequest) (*rpc.CheckResponse, error) {
	// A stack that an earlier version of this plugin wrote has it.
	delete(req.GetOlds().GetFields(), marker)
	r, err := u.ResourceProviderServer.CheckConfig(ctx, req)
	delete(r.GetInputs().GetFields(), marker)
	return r, err
}
