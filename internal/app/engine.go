package app

import (
	"context"
	"runtime"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/emulate"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/local"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/shadow"
)

// finder looks for Postgres on this machine.
func (a *App) finder(s event.Sink) (*pgbin.Finder, error) {
	account, err := pgbin.Unprivileged(a.Getenv)
	if err != nil {
		return nil, err
	}
	cache, err := pgbin.Cache(a.Getenv, account)
	if err != nil {
		return nil, err
	}
	return &pgbin.Finder{
		Cache: cache, Account: account, Getenv: a.Getenv, OS: runtime.GOOS, Arch: runtime.GOARCH, Sink: s,
		Extend: emulate.Install,
	}, nil
}

// base says what a project's databases hold before the first migration.
type base struct {
	superuser   string
	fingerprint string
	lay         func(ctx context.Context, url string) error
}

// baseOf returns what the configuration asks for: the Supabase platform, or nothing.
func baseOf(p *project.Project) base {
	if p.Config.Cairn.Platform == project.PlatformNone {
		return base{superuser: "postgres", fingerprint: "plain"}
	}
	b := platform.Baseline{Major: p.Config.DB.MajorVersion, Exposure: configuredExposure(p)}
	return base{superuser: platform.Superuser, fingerprint: b.Fingerprint(), lay: b.LayURL}
}

// configuredExposure is the variant of default privileges that the configuration asks for.
func configuredExposure(p *project.Project) platform.Exposure {
	if expose := p.Config.API.AutoExposeNewTables; expose != nil && !*expose {
		return platform.NotExposed
	}
	return platform.Classic
}

// onPlatform is the project with another major version and other default privileges than its configuration says.
func onPlatform(p *project.Project, major int, e platform.Exposure) *project.Project {
	config, exposed := *p.Config, e == platform.Classic
	config.DB.MajorVersion, config.API.AutoExposeNewTables = major, &exposed
	same := *p
	same.Config = &config
	return &same
}

// server is the project's local database.
func (a *App) server(p *project.Project, s event.Sink) (*local.Server, error) {
	finder, err := a.finder(s)
	if err != nil {
		return nil, err
	}
	b := baseOf(p)
	return &local.Server{
		Project: p.Root, Port: p.Config.DB.Port, Major: p.Config.DB.MajorVersion, Finder: finder,
		Superuser: b.superuser, Fingerprint: b.fingerprint, Lay: b.lay, Sink: s,
	}, nil
}

// shadow starts a throwaway server with what the project's databases hold.
func (a *App) shadow(ctx context.Context, p *project.Project, s event.Sink) (*shadow.Shadow, error) {
	return a.shadowWith(ctx, p, nil, s)
}

// shadowWith is shadow with a state beside the platform.
func (a *App) shadowWith(ctx context.Context, p *project.Project, state *shadow.State, s event.Sink) (*shadow.Shadow, error) {
	o, err := a.shadowOptions(p, s)
	if err != nil {
		return nil, err
	}
	o.State = state
	return shadow.Start(ctx, o)
}

func (a *App) shadowOptions(p *project.Project, s event.Sink) (shadow.Options, error) {
	finder, err := a.finder(s)
	if err != nil {
		return shadow.Options{}, err
	}
	b := baseOf(p)
	return shadow.Options{
		Finder: finder, Major: p.Config.DB.MajorVersion, Superuser: b.superuser, Fingerprint: b.fingerprint, Lay: b.lay, Sink: s,
	}, nil
}

// emulation is what stands in for the platform's server on a database of ours.
func emulation(ctx context.Context, url string) (apply.Emulation, error) {
	e, err := emulate.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	return e, nil
}
