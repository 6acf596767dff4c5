package catalog

import "testing"

func TestWriteSetting(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"work_mem", "64MB", `work_mem TO '64MB'`},
		{"my.Own", "it's", `my."Own" TO 'it''s'`},
		{"search_path", `""`, `search_path TO ''`},
		{"search_path", ``, `search_path TO ''`},
		{"search_path", `public, "$user",  "a,""b"`, `search_path TO public, "$user", "a,""b"`},
	} {
		if got := WriteSetting(c.name, c.value); got != c.want {
			t.Errorf("%s=%s: %s, want %s", c.name, c.value, got, c.want)
		}
	}
}
