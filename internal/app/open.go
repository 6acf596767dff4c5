package app

import (
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/project"
)

// open finds the project and tells what there is to tell about its configuration.
func (a *App) open(s event.Sink) (*project.Project, error) {
	p, err := project.Open(project.Options{Workdir: a.Workdir, Cwd: a.Cwd, Dir: a.Dir, Getenv: a.Getenv})
	if err != nil {
		return nil, err
	}
	return p, tellFindings(p.Findings, s)
}
