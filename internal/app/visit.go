package app

import (
	"context"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/project"
)

// visit is a verb at work on the place that it was asked for.
type visit struct {
	project *project.Project
	at      *place
	sink    event.Sink
	done    func(error) // tells that the verb is over; must be called once, with its error
}

// visit finds the project and the place that a verb is to work on, and tells that it begins. It opens nothing.
func (a *App) visit(ctx context.Context, verb string, w Where, s event.Sink) (*visit, error) {
	s, rest := targetFirst(s)
	p, err := a.open(s)
	if err != nil {
		rest()
		return nil, err
	}
	at, err := a.place(ctx, p, w, defaults[verb], s)
	if err != nil {
		rest()
		return nil, err
	}
	t := a.tell(verb, at.Name(), s)
	return &visit{project: p, at: at, sink: s, done: t.done}, nil
}
