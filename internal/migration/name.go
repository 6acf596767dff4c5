package migration

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
)

// nameRule and initRule are those of the Supabase CLI, bytes and all: "." matches no line break, and the second is
// not anchored.
var (
	nameRule = regexp.MustCompile(`^([0-9]+)_(.*)\.sql$`)
	initRule = regexp.MustCompile(`([0-9]{14})_init\.sql`)
)

// initBefore is the first version from which a file named init counts as a migration.
const initBefore = "20211209000000"

// ParseName returns the version and the name in the name of a migration file, and whether it is one.
func ParseName(file string) (version, name string, ok bool) {
	m := nameRule.FindStringSubmatch(file)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

// FileName returns the file name of a migration, "<version>_<name>.sql".
func FileName(version, name string) string { return version + "_" + name + ".sql" }

// slugLimit is the largest slug in bytes: with a version and "_rollback.sql" it stays far below what file systems take.
const slugLimit = 100

// letters are the small ones with a plain spelling that taking their accents away does not give.
var letters = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "đ", "d", "ð", "d", "ł", "l", "þ", "th", "ı", "i")

// Slug turns any text into the name of a migration: lower case, words joined by "_", at most 100 bytes, never empty.
//
// Latin letters lose their accents, so that a name is the same bytes on file systems that store é in one or two code
// points and can be typed in any shell. Letters of other scripts stay as they are, since there is no spelling of them
// that all agree on and a name in Japanese should not become empty. All else, path separators too, is "_".
func Slug(text string) string {
	var b strings.Builder
	previous, gap := rune(0), false
	runes := []rune(norm.NFD.String(strings.ToValidUTF8(text, " ")))
	for i, r := range runes {
		if unicode.Is(unicode.Mn, r) && (previous < utf8.RuneSelf || unicode.Is(unicode.Latin, previous)) {
			continue
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			gap, previous = true, 0
			continue
		}
		if upper(r) && (unicode.IsLower(previous) || upper(previous) && i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			gap = true // addUserTable, HTTPServer
		}
		if gap && b.Len() > 0 {
			b.WriteByte('_')
		}
		gap, previous = false, r
		b.WriteString(letters.Replace(string(unicode.ToLower(r)))) // by now ǽ is æ, and ẞ is ß
	}
	slug := norm.NFC.String(b.String())
	for len(slug) > slugLimit {
		_, size := utf8.DecodeLastRuneInString(slug)
		slug = slug[:len(slug)-size]
	}
	if slug = strings.TrimRight(slug, "_"); slug == "" {
		return "migration"
	}
	return slug
}

// upper reports whether r is a capital letter that has a small one.
func upper(r rune) bool { return unicode.ToLower(r) != r }

// versionLayout is the form of a version that is a moment in UTC.
const versionLayout = "20060102150405"

// VersionTime returns the moment in UTC that a version stands for, and whether it is one.
func VersionTime(version string) (time.Time, bool) {
	if len(version) != len(versionLayout) {
		return time.Time{}, false
	}
	at, err := time.Parse(versionLayout, version)
	return at, err == nil
}

// NextVersion returns the version of a migration made at now, as YYYYMMDDHHMMSS in UTC: a second later than the
// newest existing version, if that is ahead of now by less than a day, so that two made in one second or on machines
// whose clocks differ keep their order; and never one that exists.
func NextVersion(now time.Time, existing []string) string {
	return NextVersions(now, existing, 1)[0]
}

// NextVersions returns n versions as NextVersion would, in order.
func NextVersions(now time.Time, existing []string, n int) []string {
	now = now.UTC().Truncate(time.Second)
	taken := make(map[string]bool, len(existing))
	next := now
	for _, version := range existing {
		taken[version] = true
		at, ok := VersionTime(version)
		if ok && !at.Before(next) && at.Before(now.Add(24*time.Hour)) {
			next = at.Add(time.Second)
		}
	}
	versions := make([]string, 0, n)
	for ; len(versions) < n; next = next.Add(time.Second) {
		if version := next.Format(versionLayout); !taken[version] {
			versions = append(versions, version)
		}
	}
	return versions
}

// NextNumber returns the version behind the largest in a project that counts, 00103 behind 00102: as wide as that one,
// "00001" where there is none. Versions of fourteen and more digits are moments and do not count. The error is a
// finding: with all nines behind it no number of that width is left, and a wider one would sort before.
func NextNumber(existing []string) (string, error) {
	largest, width := uint64(0), 0
	for _, version := range existing {
		n, err := strconv.ParseUint(version, 10, 64)
		if err != nil || len(version) >= len(versionLayout) {
			continue
		}
		if width == 0 || n > largest {
			largest, width = n, len(version)
		}
	}
	if width == 0 {
		return "00001", nil
	}
	next := fmt.Sprintf("%0*d", width, largest+1)
	if len(next) > width {
		return "", &finding.Finding{
			Code: finding.BadName, Severity: finding.Error, Exit: finding.Usage,
			Message: fmt.Sprintf("no version of %d digits is left behind %d", width, largest),
			Hint:    "go on with versions that are moments: cairn migration new NAME",
		}
	}
	return next, nil
}

// skipReason says what of the rule a file name that is no migration's breaks, and what to do about it.
func skipReason(file, dir string) (reason, hint string) {
	digits := strings.IndexFunc(file, func(r rune) bool { return r < '0' || r > '9' })
	first, _ := utf8.DecodeRuneInString(file)
	lower := strings.TrimSuffix(strings.ToLower(file), ".sql")
	switch {
	case strings.ContainsAny(file, "\n"):
		return "there is a line break in the name", "rename it"
	case !strings.HasSuffix(file, ".sql") && strings.HasSuffix(strings.ToLower(file), ".sql"):
		return "the ending must be .sql in lower case", "rename it to " + file[:len(file)-len(".sql")] + ".sql"
	case digits > 0 && digits == len(lower):
		return `behind the version there must be "_" and a name`, "rename it to " + FileName(lower, "name")
	case digits > 0:
		return fmt.Sprintf(`behind the version there must be "_", not %q`, []rune(file[digits:])[0]),
			"rename it to " + FileName(file[:digits], Slug(strings.TrimSuffix(file[digits:], ".sql")))
	case unicode.IsDigit(first):
		return "the version must be of the digits 0 to 9", "rename it"
	default:
		return "there is no version in front of the name", "cairn migration adopt " + dir
	}
}

// fileNameLimit is what the file systems in use take, in bytes.
const fileNameLimit = 255

// CheckFileName returns a finding unless name can be the name of a migration's file in its folder. Names from a
// history table go through it, since whoever may write there chooses them.
func CheckFileName(name string) error {
	why := ""
	switch _, _, ok := ParseName(name); {
	case !ok:
		why = "a migration's name is <digits>_<name>.sql, in one line"
	case !utf8.ValidString(name):
		why = "it is not UTF-8"
	case strings.ContainsAny(name, "/\\\x00"):
		why = "it has a path in it"
	case len(name) > fileNameLimit:
		why = fmt.Sprintf("it is longer than %d bytes", fileNameLimit)
	default:
		return nil
	}
	return &finding.Finding{
		Code: finding.BadName, Severity: finding.Error, Exit: finding.Usage,
		Message: folder.Shown(name) + " cannot be the name of a migration's file", Detail: why,
	}
}
