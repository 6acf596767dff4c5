package app

import (
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/secret"
)

// TestResetSaysWhatStays: before anybody says yes to a reset of a database that cairn did not start, it says what the
// migrations will find there when they run anew.
func TestResetSaysWhatStays(t *testing.T) {
	server := hosted(t)
	name := server.DatabaseName(t)
	execute(t, server.URL(name, "supabase_admin"), "create role reporting_of_stays")
	later(t, server.URL("postgres", "supabase_admin"), "drop role reporting_of_stays")
	execute(t, server.URL(name, "supabase_admin"), "select vault.create_secret('hush', 'payments_key')")
	w := newWorkshop(t, map[string]string{"supabase/migrations/001_a.sql": "create table a ();\n"})
	_, err := w.ResetDatabase(t.Context(), ResetRequest{Where: Where{URL: secret.New(server.TCP(name, "supabase_admin", "postgres"))}}, event.Discard)
	f := finding.As(err)
	if f == nil || f.Code != finding.NeedsConsent || f.Exit != finding.Refused {
		t.Fatalf("%v", err)
	}
	for _, says := range []string{"These stay, and a migration that makes one of them anew fails:", "  secrets in the vault: payments_key\n", "reporting_of_stays"} {
		if !strings.Contains(f.Detail, says) {
			t.Errorf("%q is not in %q", says, f.Detail)
		}
	}
	for _, quiet := range []string{"hush", "service_role", "supabase_auth_admin", "anon"} {
		if strings.Contains(f.Detail, quiet) {
			t.Errorf("%q is in %q", quiet, f.Detail)
		}
	}
}

func TestFew(t *testing.T) {
	if got := few(strings.Fields("a b")); got != "a, b" {
		t.Error(got)
	}
	if got := few(strings.Fields(strings.Repeat("x ", 14))); !strings.HasSuffix(got, "x, x and 2 more") {
		t.Error(got)
	}
}
