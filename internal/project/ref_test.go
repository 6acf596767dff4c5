package project

import "testing"

func TestRef(t *testing.T) {
	const ref = "abcdefghijklmnopqrst"
	for _, text := range []string{
		ref, " " + ref + "\n", "https://" + ref + ".supabase.co", "https://" + ref + ".supabase.co/rest/v1/", ref + ".supabase.co",
		"db." + ref + ".supabase.co", "https://supabase.com/dashboard/project/" + ref, "https://supabase.com/dashboard/project/" + ref + "/sql/new",
		"https://app.supabase.com/project/" + ref + "/editor",
	} {
		if got := Ref(text); got != ref {
			t.Errorf("Ref(%q) = %q", text, got)
		}
	}
	for _, text := range []string{
		"", "abc", ref + "u", "ABCDEFGHIJKLMNOPQRST", "postgres://" + ref + ".supabase.co", "https://" + ref + ".example.com",
		"https://supabase.com/dashboard/org/" + ref, "https://u:p@" + ref + ".supabase.co", "staging", "%zz",
	} {
		if got := Ref(text); got != "" {
			t.Errorf("Ref(%q) = %q, want none", text, got)
		}
	}
}
