package app

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/management"
)

// platformHistory reads the history from the platform's own endpoint, where the access token may read that and run no
// SQL, which cause is the refusal of. What only our tables know is not in it.
func (at *place) platformHistory(ctx context.Context, cause error, s event.Sink) (*history.History, error) {
	e, ok := errors.AsType[*management.Error](cause)
	if at.hosted == nil || at.hosted.client == nil || !ok || e.Status != http.StatusForbidden {
		return nil, cause
	}
	all, err := at.hosted.client.Migrations(ctx, at.hosted.ref)
	if err != nil {
		return nil, cause
	}
	s(event.Found{Finding: &finding.Finding{
		Code: finding.APIFailed, Severity: finding.Note,
		Message: "the access token may run no SQL: this is the history as the platform lists it", Detail: finding.As(cause).Message,
	}})
	return listed(all), nil
}

// listed is a history as the platform lists it.
func listed(all []management.Migration) *history.History {
	h := &history.History{Exists: true, Columns: "version,name"}
	for _, m := range all {
		h.Rows = append(h.Rows, history.Row{Version: m.Version, Name: m.Name})
	}
	slices.SortFunc(h.Rows, func(x, y history.Row) int { return strings.Compare(x.Version, y.Version) })
	return h
}
