package app

import (
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/project"
)

// open finds the project and tells what there is to tell about its configuration.
func (a *App) open(s event.Sink) (*project.Project, error) { return a.openWith(project.Options{}, s) }

// openWith is open with more to say about where to look.
func (a *App) openWith(o project.Options, s event.Sink) (*project.Project, error) {
	o.Workdir, o.Cwd, o.Dir, o.Getenv = a.Workdir, a.Cwd, a.Dir, a.Getenv
	p, err := project.Open(o)
	if err != nil {
		return nil, err
	}
	return p, tellFindings(p.Findings, s)
}
