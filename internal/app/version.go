package app

import (
	"context"

	"github.com/cairndb/cairn/internal/event"
)

// VersionRequest asks which cairn this is.
type VersionRequest struct{}

// VersionResult says which cairn this is.
type VersionResult struct {
	Version  string `json:"version" jsonschema:"v1.2.3, or devel for a build that is no release"`
	Revision string `json:"revision,omitempty" jsonschema:"the commit it was built from"`
	Time     string `json:"time,omitempty" jsonschema:"when that commit was made, RFC 3339"`
	Modified bool   `json:"modified" jsonschema:"whether the sources differed from the commit"`
	Go       string `json:"go" jsonschema:"the Go release it was built with"`
	Platform string `json:"platform" jsonschema:"operating system/architecture"`
}

// Version says which cairn this is.
func (a *App) Version(context.Context, VersionRequest, event.Sink) (*VersionResult, error) {
	r := VersionResult(a.Build)
	return &r, nil
}
