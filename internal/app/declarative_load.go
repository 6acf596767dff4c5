package app

import (
	"context"
	"slices"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/declarative"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/shadow"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

// schemasState is the database of the shadow in the state that the declarative files make.
const schemasState = "cairn_schemas"

// declared makes the state of the declarative files on the shadow, and reads it.
func (w *comparison) declared(ctx context.Context, e *end) error {
	files, err := w.schemaFiles()
	if err != nil {
		return err
	}
	server, err := w.shadow(ctx)
	if err != nil {
		return err
	}
	if err := server.CloneOf(ctx, shadow.Base, schemasState); err != nil {
		return err
	}
	e.state = schemasState
	url := server.URL(schemasState, platform.Owner)
	to := &direct.Target{URL: secret.New(url), Label: "the shadow", IsLocal: true}
	session, err := to.Open(ctx, target.Options{Application: "cairn schemas"})
	if err != nil {
		return err
	}
	defer func() { _ = session.Close() }()
	var emulate apply.Emulation
	if emulate, err = emulation(ctx, url); err != nil {
		return err
	}
	began, phase := w.app.Now(), "load "+count(len(files), "file")+" of the schema on a shadow"
	w.sink(event.PhaseStarted{Name: phase})
	err = declarative.Load(ctx, session, emulate, files, w.sink)
	w.sink(event.PhaseDone{Name: phase, Elapsed: w.app.Now().Sub(began)})
	if err != nil {
		return err
	}
	e.catalog, err = w.inShadow(ctx, schemasState)
	return err
}

// schemaFiles reads the declarative files, in the order in which they are loaded.
func (w *comparison) schemaFiles() ([]*migration.Migration, error) {
	files, chosen, err := w.project.SchemaFiles()
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, &finding.Finding{
			Code: finding.NotThere, Severity: finding.Error, Exit: finding.Usage,
			Message: "there are no files of a declarative schema in " + w.project.Schemas(),
			Hint:    "`cairn db schema declarative generate` writes them from a database; schema_paths in [db.migrations] names other files",
		}
	}
	all := make([]*migration.Migration, 0, len(files))
	within := map[*migration.Migration]string{}
	for _, f := range files {
		m, findings := migration.Parse(f.Name, f.Data)
		findings = slices.DeleteFunc(findings, func(f *finding.Finding) bool { return f.Code == finding.NoStatements })
		if err := tellFindings(findings, w.sink); err != nil {
			return nil, err
		}
		all = append(all, m)
		within[m] = f.Name[min(len(f.Name), len(w.project.Schemas())+1):]
	}
	if !chosen {
		order := declarative.NewOrder()
		slices.SortStableFunc(all, func(a, b *migration.Migration) int { return order.Compare(within[a], within[b]) })
	}
	return all, nil
}
