package route

import (
	"context"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
	"github.com/cairndb/cairn/internal/targettest"
)

func way(via string, url string, asked *[]string) Way {
	return Way{Via: via, At: via, Find: func(context.Context) (target.Target, error) {
		*asked = append(*asked, via)
		return &direct.Target{URL: secret.New(url), Label: via}, nil
	}}
}

const nowhere = "postgres://postgres@127.0.0.1:1/postgres?connect_timeout=2"

// The ways are tried in their order; the first that works is taken for good, and told.
func TestOrder(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	var asked []string
	var told []*finding.Finding
	to := &Target{
		Label: "project", Ways: []Way{way("direct", nowhere, &asked), way("pooler", url, &asked), way("api", url, &asked)},
		Tell: func(f *finding.Finding) { told = append(told, f) },
	}
	targettest.Exercise(t, to)
	if got := strings.Join(asked, " "); got != "direct pooler" {
		t.Errorf("asked %s", got)
	}
	if len(told) != 1 || !strings.Contains(told[0].Message, "route pooler") || !strings.Contains(told[0].Detail, "direct (direct): cannot connect") {
		t.Errorf("told %v", told)
	}
	if _, via := to.Taken(); via != "pooler" {
		t.Errorf("taken: %s", via)
	}
}

// After a refused login nothing else is tried.
func TestRejected(t *testing.T) {
	server := pgtest.Start(t, 17)
	name := server.DatabaseName(t)
	var asked []string
	to := &Target{Label: "project", Ways: []Way{way("direct", server.TCP(name, "postgres", "wrong"), &asked), way("api", server.URL(name, "postgres"), &asked)}}
	_, err := to.Open(t.Context(), target.Options{})
	f := finding.As(err)
	if f == nil || f.Code != finding.AuthFailed || f.Exit != finding.Unreachable || !strings.Contains(f.Detail, "No other way was tried") || len(asked) != 1 {
		t.Errorf("%v, asked %v", err, asked)
	}
}

// Where no way works all are told; a target that is not ready is not tried at all.
func TestNone(t *testing.T) {
	var asked []string
	to := &Target{Label: "project", Ways: []Way{way("direct", nowhere, &asked), way("pooler", nowhere, &asked)}}
	_, err := to.Open(t.Context(), target.Options{})
	f := finding.As(err)
	if f == nil || f.Code != finding.Unreached || strings.Count(f.Detail, "cannot connect") != 2 {
		t.Errorf("%v", err)
	}
	asked = nil
	to.Ready = func(context.Context) error {
		return &finding.Finding{Code: finding.ProjectAsleep, Exit: finding.Refused}
	}
	if _, err := to.Open(t.Context(), target.Options{}); finding.As(err).Code != finding.ProjectAsleep || asked != nil {
		t.Errorf("%v, asked %v", err, asked)
	}
}

// A way that is not worth trying after what the one before failed for is left out; what failed alone is told as it is.
func TestWorth(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	for _, worth := range []bool{true, false} {
		var asked []string
		second := way("pooler", url, &asked)
		second.Worth = func(before *finding.Finding) bool { return worth && before.Code == finding.Unreached }
		to := &Target{Label: "project", Ways: []Way{way("pooler", nowhere, &asked), second}}
		session, err := to.Open(t.Context(), target.Options{})
		if worth {
			if err != nil || session.Close() != nil || len(asked) != 2 {
				t.Errorf("%v, asked %v", err, asked)
			}
		} else if f := finding.As(err); f == nil || !strings.Contains(f.Message, "cannot connect") || len(asked) != 1 {
			t.Errorf("%v, asked %v", err, asked)
		}
	}
}
