// A provider of security labels that takes every label: the server's own, dummy_seclabel, is in no package. What it needs
// of Postgres is declared here, so that no headers are needed; MAJOR is the server's.
struct values { int version, funcmaxargs, indexmaxkeys, namedatalen, float8byval; char extra[32]; };

#if MAJOR >= 18
struct magic { int len; struct values values; const char *name, *version; };
static const struct magic ours = {sizeof(struct magic), {MAJOR * 100, 100, 32, 64, 1, "PostgreSQL"}, 0, 0};
#else
struct magic { int len; struct values values; };
static const struct magic ours = {sizeof(struct magic), {MAJOR * 100, 100, 32, 64, 1, "PostgreSQL"}};
#endif

extern void register_label_provider(const char *name, void (*check)(const void *object, const char *label));

static void take(const void *object, const char *label) { (void) object; (void) label; }

const struct magic *Pg_magic_func(void) { return &ours; }

void _PG_init(void)
{
	register_label_provider("any", take);
	register_label_provider("Odd \"name\"", take);
}
