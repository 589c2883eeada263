package tls

import (
	"context"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"semesterhub/offline/internal/kit"
)

// renewable adds what makes a certificate renew itself: within earlyRenewalHours of its end, the
// next preview or up replaces it, and a refresh says that it is ready for that.
func renewable(resource kit.Resource) kit.Resource {
	resource.Expired = func(inputs, state kit.Values) string {
		if due(inputs, state) {
			return "readyForRenewal"
		}
		return ""
	}
	resource.Read = func(
		_ context.Context, req kit.Request,
	) (map[string]property.Value, bool, error) {
		return map[string]property.Value{
			"readyForRenewal": property.New(due(req.Inputs, req.State)),
		}, true, nil
	}
	resource.Update = func(_ context.Context, req kit.Request) (kit.Result, error) {
		return kit.Result{Outputs: map[string]property.Value{
			"readyForRenewal": property.New(due(req.Inputs, req.State)),
		}}, nil
	}
	return resource
}

func due(inputs, state kit.Values) bool {
	end, err := time.Parse(time.RFC3339, state.String("validityEndTime"))
	return err == nil && !now().Before(end.Add(-hours(inputs.Int("earlyRenewalHours"))))
}

func hours(n int) time.Duration { return time.Duration(n) * time.Hour }
