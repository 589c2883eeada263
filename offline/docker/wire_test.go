package docker

import (
	"context"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	presource "github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

// TestOverTheWire talks to the provider as the Pulumi engine does: secrets and
// unknowns survive the protocol.
func TestOverTheWire(t *testing.T) {
	newBench(t)
	server, err := p.RawServer("docker", Version, New())(nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	options := plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true}
	pack := func(m presource.PropertyMap) *structpb.Struct {
		s, err := plugin.MarshalProperties(m, options)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	unpack := func(s *structpb.Struct) presource.PropertyMap {
		m, err := plugin.UnmarshalProperties(s, options)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	if _, err := server.Configure(ctx, &pulumirpc.ConfigureRequest{AcceptSecrets: true}); err != nil {
		t.Fatal(err)
	}
	urn := "urn:pulumi:test::t-prov::docker:index/secret:Secret::t-prov-wire"
	checked, err := server.Check(ctx, &pulumirpc.CheckRequest{Urn: urn, News: pack(presource.PropertyMap{
		"data": presource.NewStringProperty("aHVudGVyMg=="),
	})})
	if err != nil || len(checked.Failures) > 0 {
		t.Fatalf("check: %v %v", err, checked.GetFailures())
	}
	if !unpack(checked.Inputs)["data"].IsSecret() {
		t.Error("the data is not secret after check")
	}
	made, err := server.Create(ctx, &pulumirpc.CreateRequest{Urn: urn, Properties: checked.Inputs})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, err := server.Delete(ctx, &pulumirpc.DeleteRequest{Urn: urn, Id: made.Id, Properties: made.Properties}); err != nil {
			t.Error(err)
		}
	}()
	read, err := server.Read(ctx, &pulumirpc.ReadRequest{Urn: urn, Id: made.Id, Properties: made.Properties, Inputs: checked.Inputs})
	if err != nil {
		t.Fatal(err)
	}
	for what, s := range map[string]*structpb.Struct{"created": made.Properties, "read": read.Properties, "inputs": read.Inputs} {
		if data := unpack(s)["data"]; !data.IsSecret() || data.SecretValue().Element.StringValue() != "aHVudGVyMg==" {
			t.Errorf("%s: the data is %v", what, data)
		}
	}
	diff, err := server.Diff(ctx, &pulumirpc.DiffRequest{
		Urn: urn, Id: made.Id, Olds: read.Properties, OldInputs: read.Inputs, News: checked.Inputs,
	})
	if err != nil || diff.Changes != pulumirpc.DiffResponse_DIFF_NONE {
		t.Errorf("diff after a refresh: %v, %v", diff, err)
	}
	preview, err := server.Create(ctx, &pulumirpc.CreateRequest{
		Urn:     "urn:pulumi:test::t-prov::docker:index/volume:Volume::v",
		Preview: true, Properties: pack(presource.PropertyMap{"name": presource.MakeComputed(presource.NewStringProperty(""))}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen := unpack(preview.Properties); !seen["mountpoint"].IsComputed() || !seen["name"].IsComputed() || seen["driver"].StringValue() != "local" {
		t.Errorf("preview: %v", seen)
	}
}
