// Package docker is the provider behind @pulumi/docker for places that reach
// package registries and nothing else: the same tokens, names and habits as the
// official plugin, over Docker's own client. What it does not carry out it
// refuses by name.
package docker

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
)

// Version is that of the SDK this provider answers to.
const Version = "5.2.0"

// resources are the kinds of resource by their tokens.
var resources = map[string]resource{
	"docker:index/network:Network":             network,
	"docker:index/volume:Volume":               volumeResource,
	"docker:index/secret:Secret":               secret,
	"docker:index/serviceConfig:ServiceConfig": serviceConfig,
	"docker:index/service:Service":             service,
	"docker:index/container:Container":         containerResource,
	"docker:index/image:Image":                 image,
	"docker:index/remoteImage:RemoteImage":     remoteImage,
}

// server is one provider process: one configuration, one engine.
type server struct {
	running context.Context
	stop    context.CancelFunc
	link    link
}

// New makes the provider.
func New() p.Provider {
	s := &server{}
	s.running, s.stop = context.WithCancel(context.Background())
	return p.Provider{
		CheckConfig: s.checkConfig,
		DiffConfig:  s.diffConfig,
		Configure:   s.configure,
		Invoke:      s.invoke,
		Check:       s.check,
		Diff:        s.diff,
		Create:      s.create,
		Read:        s.read,
		Update:      s.update,
		Delete:      s.delete,
		Cancel: func(context.Context) error {
			s.stop()
			return nil
		},
	}
}
