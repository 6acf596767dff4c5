package project

import (
	"net/url"
	"regexp"
	"strings"
)

var (
	ref       = regexp.MustCompile(`^[a-z]{20}$`)
	dashboard = regexp.MustCompile(`^/(?:dashboard/)?project/([a-z]{20})(?:/|$)`)
)

// Ref returns the ref of a hosted project as a person names it: the ref itself, the project's web address
// (https://REF.supabase.co), its database's host, or its page in the dashboard. It is "" where text is none of these.
func Ref(text string) string {
	text = strings.TrimSpace(text)
	if ref.MatchString(text) {
		return text
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return ""
	}
	if at := dashboard.FindStringSubmatch(u.Path); at != nil {
		return at[1]
	}
	host := strings.TrimPrefix(u.Hostname(), "db.")
	if name, domain, ok := strings.Cut(host, "."); ok && ref.MatchString(name) && strings.HasPrefix(domain, "supabase.") {
		return name
	}
	return ""
}
