package app

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/cairndb/cairn/internal/event"
)

// SnapshotRequest asks to keep what a database consists of as a file.
type SnapshotRequest struct {
	Where
	Output string // --output: where it is written; "" keeps it in the result
}

// SnapshotResult says what was kept.
type SnapshotResult struct {
	Target   string          `json:"target"`
	Server   int             `json:"server" jsonschema:"the server's version, as in server_version_num"`
	Objects  int             `json:"objects" jsonschema:"how many there are, columns, grants and comments among them"`
	Hash     string          `json:"hash" jsonschema:"a fingerprint: snapshots with equal ones have no difference"`
	File     string          `json:"file,omitempty" jsonschema:"where it was written; absent where it went to standard output"`
	Snapshot json.RawMessage `json:"snapshot,omitempty" jsonschema:"the snapshot itself, where it was not written elsewhere"`
}

// Snapshot keeps what a database consists of, as an end that Diff compares with later. It only reads. There are no rows and
// no secrets in it.
func (a *App) Snapshot(ctx context.Context, req SnapshotRequest, s event.Sink) (_ *SnapshotResult, err error) {
	v, err := a.visit(ctx, "db snapshot", req.Where, s)
	if err != nil {
		return nil, err
	}
	defer func() { v.done(err) }()
	w := &comparison{app: a, project: v.project, sink: v.sink, to: endAt(v.project, v.at)}
	defer w.close()
	if err := w.to.connect(ctx); err != nil {
		return nil, err
	}
	if err := w.read(ctx, w.to); err != nil {
		return nil, err
	}
	tellUnknown(w.to.catalog, v.sink)
	c := w.to.catalog
	var text strings.Builder
	if err := c.Write(&text); err != nil {
		return nil, err
	}
	result := &SnapshotResult{Target: v.at.Name(), Server: c.Server, Objects: len(c.Objects), Hash: c.Hash()}
	if req.Output == "" {
		result.Snapshot = json.RawMessage(text.String())
		return result, nil
	}
	if result.File = req.Output; !filepath.IsAbs(result.File) {
		result.File = filepath.Join(a.Cwd, result.File)
	}
	if err := writeFile(result.File, text.String()); err != nil {
		return nil, err
	}
	v.sink(event.FileWritten{Path: result.File})
	return result, nil
}
