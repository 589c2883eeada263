package docker

import (
	"os"
	"sort"

	"github.com/docker/docker/api/types/mount"
)

// mountSpec is a mount of a Container or a Service.
type mountSpec struct {
	BindOptions   *bindOptions   `docker:"bindOptions"`
	ReadOnly      bool           `docker:"readOnly"`
	Source        string         `docker:"source"`
	Target        string         `docker:"target,required"`
	TmpfsOptions  *tmpfsOptions  `docker:"tmpfsOptions"`
	Type          string         `docker:"type,required"`
	VolumeOptions *volumeOptions `docker:"volumeOptions"`
}

type bindOptions struct {
	Propagation string `docker:"propagation"`
}

type tmpfsOptions struct {
	Mode      int64 `docker:"mode"`
	SizeBytes int64 `docker:"sizeBytes"`
}

type volumeOptions struct {
	DriverName    string            `docker:"driverName"`
	DriverOptions map[string]string `docker:"driverOptions"`
	Labels        []label           `docker:"labels,set"`
	NoCopy        bool              `docker:"noCopy"`
	Subpath       string            `docker:"subpath"`
}

func mountsFor(specs []mountSpec) []mount.Mount {
	var mounts []mount.Mount
	for _, s := range specs {
		m := mount.Mount{Type: mount.Type(s.Type), Source: s.Source, Target: s.Target, ReadOnly: s.ReadOnly}
		if s.BindOptions != nil {
			m.BindOptions = &mount.BindOptions{Propagation: mount.Propagation(s.BindOptions.Propagation)}
		}
		if s.TmpfsOptions != nil {
			m.TmpfsOptions = &mount.TmpfsOptions{
				SizeBytes: s.TmpfsOptions.SizeBytes, Mode: os.FileMode(s.TmpfsOptions.Mode),
			}
		}
		if o := s.VolumeOptions; o != nil {
			m.VolumeOptions = &mount.VolumeOptions{NoCopy: o.NoCopy, Labels: labelMap(o.Labels), Subpath: o.Subpath}
			if o.DriverName != "" || len(o.DriverOptions) > 0 {
				m.VolumeOptions.DriverConfig = &mount.Driver{Name: o.DriverName, Options: o.DriverOptions}
			}
		}
		mounts = append(mounts, m)
	}
	// A set has no order of its own; one that is always the same keeps a spec
	// from changing, and so a task from being restarted.
	sort.SliceStable(mounts, func(i, j int) bool { return mounts[i].Target < mounts[j].Target })
	return mounts
}

func mountSpecs(mounts []mount.Mount) []mountSpec {
	specs := []mountSpec{}
	for _, m := range mounts {
		s := mountSpec{Type: string(m.Type), Source: m.Source, Target: m.Target, ReadOnly: m.ReadOnly}
		if m.BindOptions != nil {
			s.BindOptions = &bindOptions{Propagation: string(m.BindOptions.Propagation)}
		}
		if m.TmpfsOptions != nil {
			s.TmpfsOptions = &tmpfsOptions{SizeBytes: m.TmpfsOptions.SizeBytes, Mode: int64(m.TmpfsOptions.Mode)}
		}
		if o := m.VolumeOptions; o != nil {
			s.VolumeOptions = &volumeOptions{NoCopy: o.NoCopy, Labels: labelList(o.Labels), Subpath: o.Subpath}
			if o.DriverConfig != nil {
				s.VolumeOptions.DriverName = o.DriverConfig.Name
				s.VolumeOptions.DriverOptions = o.DriverConfig.Options
			}
		}
		specs = append(specs, s)
	}
	return specs
}
