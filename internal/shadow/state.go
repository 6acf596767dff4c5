package shadow

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/cluster"
)

// State is what a shadow holds beside Base when it starts: laid step by step, and kept in the cache, so that the next
// shadow of the same steps has them at once, and one with more steps begins behind the last that is the same.
type State struct {
	Steps []string // a fingerprint for each step, of everything up to and with it
	Phase string   // what laying it is called
	// Lay lays the steps from the one numbered so, the first is 0.
	Lay func(ctx context.Context, s *Shadow, from int) error
}

// few is how many steps are laid anew each time rather than kept: making a template costs more than they do.
const few = 25

// template is what a shadow is copied from, and how many steps of the state it holds. With few steps missing it is the
// longest beginning that is kept: who starts the shadow lays the others.
func (o Options) template(host cluster.Host) (t cluster.Template, laid int) {
	base := o.base()
	if o.State == nil {
		return base, 0
	}
	below := base
	for n := len(o.State.Steps); n > 0; n-- {
		if kept := o.kept(n, nil); host.HasTemplate(kept) {
			below, laid = kept, n
			break
		}
	}
	all := len(o.State.Steps)
	if all-laid <= few {
		return below, laid
	}
	from := laid
	t = o.kept(all, func(ctx context.Context, url string) error {
		s, err := o.within(ctx, url)
		if err != nil {
			return err
		}
		defer func() { _ = s.admin.Close(context.WithoutCancel(ctx)) }()
		return o.State.Lay(ctx, s, from)
	})
	t.On = &below
	return t, all
}

// kept is the template that holds so many steps.
func (o Options) kept(steps int, lay func(ctx context.Context, url string) error) cluster.Template {
	if lay == nil {
		lay = func(context.Context, string) error { return nil } // for the name: it is there already
	}
	return cluster.Template{
		Superuser: o.Superuser, Fingerprint: o.Fingerprint + " " + o.State.Steps[steps-1], Lay: lay, Sink: o.Sink, Phase: o.State.Phase,
		Passing: true,
	}
}

// within is the server of a template that is being made, as a shadow.
func (o Options) within(ctx context.Context, url string) (*Shadow, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, failed("connect to the shadow", err)
	}
	c := conn.Config()
	return &Shadow{
		Major: o.Major, superuser: o.Superuser, admin: conn, server: &cluster.Server{Socket: c.Host, Port: int(c.Port)},
	}, nil
}
