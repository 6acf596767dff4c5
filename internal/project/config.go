package project

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/secret"
)

// Config is what a project's configuration says, with the defaults of the Supabase CLI where it is silent. Settings
// of config.toml that are not here belong to other tools and are left alone.
type Config struct {
	ProjectID string // the local name of the project; in a [remotes] block, the ref of the hosted one
	DB        DB
	API       API
	Remotes   []Remote // sorted by name
	Cairn     Cairn
}

// DB is the table [db].
type DB struct {
	Port         int           // of the local database
	ShadowPort   int           // kept for other tools: our shadows listen on a socket
	MajorVersion int           // of Postgres: 15 to 18
	Password     secret.String // SUPABASE_DB_PASSWORD, the password of the linked project; never in the file
	Migrations   struct {
		Enabled     bool
		SchemaPaths []string // files or globs of the declarative schema, relative to Project.Home
	}
	Seed struct {
		Enabled  bool
		SQLPaths []string // files or globs, relative to Project.Home
	}
	Vault map[string]secret.String // name → value, env(NAME) resolved
}

// API is the table [api].
type API struct {
	Schemas             []string // what PostgREST serves
	ExtraSearchPath     []string
	AutoExposeNewTables *bool // nil where the configuration is silent: the platform's own default counts
}

// Remote is a [remotes.<name>] block: a hosted project, and settings that count when it is the target.
type Remote struct {
	Name      string
	ProjectID string // its ref
	After     string // the block of the project where migrations have to be applied first; "" is none
	Protected bool   // a change of it is confirmed by typing Name
}

// Cairn is our own table [cairn].
type Cairn struct {
	MigrationsDir string // relative to the root; "" where the configuration is silent
	RollbacksDir  string // relative to the root; "" is "rollbacks" beside the migrations folder
	Platform      string // PlatformSupabase or PlatformNone
}

// What a database holds before its first migration.
const (
	PlatformSupabase = "supabase" // roles, auth, storage, … as on a hosted project
	PlatformNone     = "none"     // plain Postgres
)

// The majors of Postgres that cairn runs, and the one it takes where nothing is said.
const (
	minMajor     = 15
	maxMajor     = 18
	defaultMajor = 17
)

// ownKeys are the settings that [cairn] may have.
var ownKeys = []string{"migrations_dir", "platform", "rollbacks_dir"}

// Override returns the configuration as it counts for the hosted project ref: with the settings of its [remotes]
// block in place of those at the top, and the block's name. Without such a block it is Config and "".
func (p *Project) Override(ref string) (*Config, string, error) {
	for _, remote := range p.Config.Remotes {
		if remote.ProjectID == ref && ref != "" {
			r := *p.reader
			r.overlay, r.errs = "remotes."+remote.Name, nil
			c, err := r.config()
			return c, remote.Name, err
		}
	}
	return p.Config, "", nil
}

// config reads all settings. Its error holds a finding for each that is wrong.
func (r *reader) config() (*Config, error) {
	c := &Config{}
	for _, path := range []string{"api", "db", "db.migrations", "db.seed"} {
		r.table(path)
	}
	r.text("project_id", &c.ProjectID)
	r.database(&c.DB)
	r.api(&c.API)
	r.remotes(c)
	r.own(&c.Cairn)
	return c, r.err()
}

func (r *reader) database(db *DB) {
	db.Port, db.ShadowPort, db.MajorVersion = 54322, 54320, defaultMajor
	r.integer("db.port", 1, 65535, &db.Port)
	r.integer("db.shadow_port", 1, 65535, &db.ShadowPort)
	r.integer("db.major_version", 1, 99, &db.MajorVersion)
	if db.MajorVersion < minMajor || db.MajorVersion > maxMajor {
		_, from := r.setting("db.major_version")
		r.fail(from, fmt.Sprintf("db.major_version is %d: Postgres %d is not supported", db.MajorVersion, db.MajorVersion),
			fmt.Sprintf("set it to the major of your hosted database, from %d to %d; an older one has to be upgraded first", minMajor, maxMajor))
	}
	db.Password = secret.New(r.env.Get("SUPABASE_DB_PASSWORD"))
	db.Migrations.Enabled = true
	r.truth("db.migrations.enabled", &db.Migrations.Enabled)
	r.list("db.migrations.schema_paths", &db.Migrations.SchemaPaths)
	db.Seed.Enabled, db.Seed.SQLPaths = true, []string{"./seed.sql"}
	r.truth("db.seed.enabled", &db.Seed.Enabled)
	r.list("db.seed.sql_paths", &db.Seed.SQLPaths)
	db.Vault = map[string]secret.String{}
	for name, v := range r.table("db.vault") {
		text, ok := v.(string)
		if !ok {
			r.wrong(r.here("db.vault."+name), "a text in quotes")
		}
		db.Vault[name] = secret.New(r.resolve(text))
	}
}

func (r *reader) api(api *API) {
	api.Schemas, api.ExtraSearchPath = []string{"public", "graphql_public"}, []string{"public", "extensions"}
	r.list("api.schemas", &api.Schemas)
	r.list("api.extra_search_path", &api.ExtraSearchPath)
	if v, _ := r.setting("api.auto_expose_new_tables"); v != nil {
		api.AutoExposeNewTables = new(bool)
		r.truth("api.auto_expose_new_tables", api.AutoExposeNewTables)
	}
}

func (r *reader) remotes(c *Config) {
	blocks := r.table("remotes")
	for _, name := range slices.Sorted(maps.Keys(blocks)) {
		path := "remotes." + name
		block, ok := blocks[name].(map[string]any)
		if !ok {
			r.wrong(r.here(path), "a table, ["+path+"]")
			continue
		}
		ref, ok := block["project_id"].(string)
		if !ok {
			r.fail(r.here(path), path+" names no project", `write project_id = "<ref of the hosted project>" in it`)
		}
		remote := Remote{Name: name, ProjectID: r.resolve(ref)}
		if after, has := block["after"]; has {
			if remote.After, ok = after.(string); !ok || blocks[remote.After] == nil || remote.After == name {
				r.fail(r.here(path+".after"), path+".after names no other [remotes] block", `write after = "staging", and a block [remotes.staging] beside it`)
			}
		}
		if protected, has := block["protected"]; has {
			if remote.Protected, ok = protected.(bool); !ok {
				r.wrong(r.here(path+".protected"), "true or false")
			}
		}
		c.Remotes = append(c.Remotes, remote)
	}
}

func (r *reader) own(own *Cairn) {
	for _, name := range slices.Sorted(maps.Keys(r.table("cairn"))) {
		if !slices.Contains(ownKeys, name) {
			hint := "the settings of [cairn] are " + strings.Join(ownKeys, ", ")
			if near := nearest(name, ownKeys); near != "" {
				hint = "did you mean " + near + "?"
			}
			r.fail(r.here("cairn."+name), "[cairn] has no setting "+name, hint)
		}
	}
	own.Platform = PlatformSupabase
	if r.file.Name == plainConfig {
		own.Platform = PlatformNone
	}
	r.text("cairn.platform", &own.Platform)
	if own.Platform != PlatformSupabase && own.Platform != PlatformNone {
		_, from := r.setting("cairn.platform")
		r.wrong(from, `"supabase" or "none"`)
	}
	r.inside("cairn.migrations_dir", &own.MigrationsDir)
	r.inside("cairn.rollbacks_dir", &own.RollbacksDir)
}

// inside reads a folder of the project, relative to its root.
func (r *reader) inside(setting string, to *string) {
	r.text(setting, to)
	if *to == "" {
		return
	}
	if !filepath.IsLocal(filepath.FromSlash(*to)) {
		_, from := r.setting(setting)
		r.fail(from, from.name+" leads out of the project", "name a folder inside it; for one outside use --dir")
	}
	*to = path.Clean(*to)
}

// nearest returns the name closest to the one given, or "" where none is close.
func nearest(name string, names []string) string {
	best, least := "", max(2, len(name)/3)+1
	for _, n := range names {
		if d := distance(strings.ToLower(name), n); d < least {
			best, least = n, d
		}
	}
	return best
}

// distance is the number of characters to put in, take out or change to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
