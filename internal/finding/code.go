package finding

// Code names a kind of finding for machines and for `cairn explain`: "CA103" is ours, "PG42P01" is Postgres'
// SQLSTATE 42P01. Ranges: CA0 form of files, CA1 data loss, CA2 locks, CA3 compatibility, CA4 RLS and grants,
// CA5 Supabase, CA6 services and history, CA7 targets and runs, CA8 command line, configuration and machine.
type Code string

// Form of migration files.
const (
	SkippedName        Code = "CA001" // a file whose name the Supabase CLI would skip
	DuplicateVersion   Code = "CA002" // two files with one version
	NotUTF8            Code = "CA003" // bytes that are not UTF-8, UTF-16, or a NUL byte
	ByteOrderMark      Code = "CA004" // a byte order mark, stripped
	NoStatements       Code = "CA005" // an empty or comment-only file
	Unterminated       Code = "CA006" // a quote, dollar quote or comment that never ends
	MetaCommand        Code = "CA007" // a psql meta-command
	MergeConflict      Code = "CA008" // git conflict markers
	InvisibleText      Code = "CA009" // bidirectional controls or zero-width characters
	OutsideProject     Code = "CA010" // a link that leads out of the project
	NotRegular         Code = "CA011" // a device, FIFO or directory where a file belongs
	Unreadable         Code = "CA012" // a file or folder that cannot be read
	UpAndDown          Code = "CA013" // an up and a down section in one file
	TransactionControl Code = "CA014" // ROLLBACK, PREPARE TRANSACTION, or a BEGIN without its COMMIT
	NotInTransaction   Code = "CA015" // a statement inside BEGIN … COMMIT that Postgres runs only outside
	NameCollision      Code = "CA016" // names that are one name on some file systems
	DownInMigrations   Code = "CA017" // a down file where the Supabase CLI would run it forward
	LoneDown           Code = "CA018" // a file that looks like a down file but has no up file
	TooLarge           Code = "CA019" // a file past the size limit
	CopyData           Code = "CA020" // COPY … FROM stdin data that is missing or cannot be sent
	BadName            Code = "CA021" // a name that cannot become a file name
	VersionOrder       Code = "CA022" // versions that sort otherwise as text than as numbers
	Leftover           Code = "CA023" // a temporary file that an interrupted write left behind
	RunsProgram        Code = "CA024" // a statement that runs a program on the server
	NoTimestamp        Code = "CA025" // a version of fourteen digits that is no moment
	MixedWidths        Code = "CA026" // versions of several lengths
)

// Data loss.
const (
	LosesData Code = "CA101" // a plan that loses data, and nobody allowed it
)

// Supabase.
const (
	Emulated        Code = "CA501" // an extension is emulated here
	Rewritten       Code = "CA502" // a statement was sent in another form, as the platform does
	Escalated       Code = "CA503" // a statement was run as the superuser, as the platform does
	MissingEnabled  Code = "CA504" // an extension that no file creates was created on first need
	NoEmulation     Code = "CA505" // extensions cannot be emulated on this Postgres
	PassedOver      Code = "CA506" // statements about functions that an emulated extension lacks were passed over
	HostedRefuses   Code = "CA507" // a statement ran that a hosted project refuses
	PlatformDiffers Code = "CA510" // our platform is not what another database's platform is
	NoPlatform      Code = "CA511" // a database without a Supabase platform
)

// Services and history.
const (
	MissingLocal   Code = "CA601" // applied on the target, no local file
	OutOfOrder     Code = "CA602" // a pending version below an applied one
	EditedApplied  Code = "CA603" // an applied file was edited
	CosmeticEdit   Code = "CA604" // an applied file was edited, its statements were not
	PartlyApplied  Code = "CA605" // some units of a migration ran, the rest did not
	HistoryShape   Code = "CA606" // the history table lacks a column we need
	ForeignHistory Code = "CA607" // another tool's history was found
	NewerFormat    Code = "CA608" // our tables were written by a newer cairn
	HistoryMoved   Code = "CA609" // somebody changed the history while we ran
	NoDownFile     Code = "CA610" // no down file for a migration to revert
	NotLast        Code = "CA611" // a revert that would skip later migrations
	UnknownVersion Code = "CA612" // a version that neither files nor history know
	ClockAhead     Code = "CA613" // a version dated in the future
	NoOrder        Code = "CA614" // files for which no order works
	NotInSync      Code = "CA615" // files and target differ, and --check asked
	CheckFailed    Code = "CA616" // a folder of migrations in which a check found errors
	Drift          Code = "CA617" // a database that is not what its history says
)

// Targets and runs.
const (
	Unreached       Code = "CA701" // no connection
	AuthFailed      Code = "CA702" // authentication failed
	NeedsSession    Code = "CA703" // needs a session, the route is a transaction pooler
	LockHeld        Code = "CA704" // another run holds the lock
	LockTimeout     Code = "CA705" // a statement waited too long for a lock
	CommitInDoubt   Code = "CA706" // a commit whose outcome is not known
	ReadOnlyTarget  Code = "CA707" // a standby or a read-only database
	ServerVersion   Code = "CA708" // a server major that is not supported
	ConnectionLost  Code = "CA709" // the connection was lost before the commit
	InvalidIndex    Code = "CA710" // an index that a failed build left INVALID
	SealBroken      Code = "CA711" // a statement ended the transaction of its file
	NeedsConsent    Code = "CA712" // a change that nobody said yes to
	RowsWouldBeLost Code = "CA713" // rows that neither migrations nor seed made
	PolicyHidRows   Code = "CA714" // no rows, and row level security is why
	UnknownRun      Code = "CA715" // no such run
	RestorePoint    Code = "CA717" // the moment to restore to
	EffectMissing   Code = "CA718" // a statement reported success, its effect is not there
	UntrustedServer Code = "CA719" // no encryption, or a certificate that does not verify
	ServerBusy      Code = "CA720" // no free connection, or a server that starts or stops
	StepFails       Code = "CA721" // a step of a plan fails on a copy of the database
	PlanFallsShort  Code = "CA722" // a plan does not lead to what was wanted
	JudgeDiffers    Code = "CA723" // the catalogs are equal, pg_dump sees a difference
	JudgeSilent     Code = "CA724" // pg_dump could not be asked
	LossUntold      Code = "CA725" // a plan loses rows or values, and no step says so
	RewriteUntold   Code = "CA726" // a step writes a table anew, and does not say so
	FailureUntold   Code = "CA727" // a step fails on rows that may be there, and does not say so
	MaybeRenamed    Code = "CA728" // something that may have been renamed, planned as dropped and made
	Unplanned       Code = "CA729" // two states between which no plan was found
	NotThere        Code = "CA730" // an object that was named and that the database does not have
	UnknownObject   Code = "CA731" // an object of a sort that cairn does not know
	RouteTaken      Code = "CA732" // the way to a database that was taken, and why no other
	APIFailed       Code = "CA733" // the Management API refused, or gave no usable answer
	ProjectAsleep   Code = "CA734" // a project that is paused, or comes up or goes down
	RateLimited     Code = "CA735" // the Management API takes no more requests for now
	NeedsTime       Code = "CA736" // a statement that needs more time than the Management API's gateway gives
	NotAppliedThere Code = "CA737" // a migration that has to be applied elsewhere first
	SecretLeftOut   Code = "CA742" // statements in which a secret is not: passwords are each database's own
	NotAgain        Code = "CA743" // a statement that cannot be run a second time, where that was asked for
	CommitVanished  Code = "CA744" // what was committed is not there: a standby without it was promoted, or a backup restored
	RoleNotMade     Code = "CA746" // a role that a database names and no file makes
	Unseen          Code = "CA745" // an object of which whoever reads it may not see all
	NotOurs         Code = "CA747" // a plan for what belongs to a role for which whoever applies it may not act
	NoWay           Code = "CA750" // no way to a database can run migrations
	Unwell          Code = "CA751" // the doctor found problems
	RunsAnySQL      Code = "CA752" // a function that runs the SQL it is given
	NotValidated    Code = "CA753" // a constraint that was never checked against the rows that are there
	OpenTable       Code = "CA754" // a table that the data API serves without row level security
	IdlePolicy      Code = "CA755" // policies on a table whose row level security is off
	TokenFallsShort Code = "CA756" // an access token that lacks permissions
	Unhealthy       Code = "CA757" // a service of a project that is not well
	NoSuchFile      Code = "CA760" // a migration that was named and is not there, or is there twice
	EarlierPending  Code = "CA761" // a file that was asked for, with others pending before it
	Unprovable      Code = "CA762" // a history behind which nothing can be tried
	FileMoved       Code = "CA763" // a file that changed between its proof and its run
	Copied          Code = "CA764" // a file elsewhere that runs as a copy in the migrations folder
	OtherVersion    Code = "CA767" // a recorded version that is a file under another version
	RenameUnproven  Code = "CA768" // a history that would not make what is there once versions in it were renamed
	OtherProject    Code = "CA769" // a folder that belongs to another database than the one it is to be made from
	PullUnproven    Code = "CA770" // pulled files that do not make what the database holds
	InitBusy        Code = "CA771" // another run makes a project in this folder
	PlatformVersion Code = "CA777" // a migration that the platform recorded under a version of its own
)

// Command line, configuration and machine.
const (
	BadUsage        Code = "CA801" // wrong flags or arguments
	BadConfig       Code = "CA802" // config.toml cannot be read
	NoProject       Code = "CA803" // no project found
	NoTarget        Code = "CA804" // nothing linked and no target given
	NoPostgres      Code = "CA805" // no Postgres binaries of that major
	PortTaken       Code = "CA806" // another server listens on the port
	ServerFailed    Code = "CA807" // our Postgres did not start
	StateUnwritable Code = "CA808" // the journal or cache cannot be written
	BadURL          Code = "CA809" // a connection string that cannot be read
	NotStarted      Code = "CA810" // the local database is not running
	NoSeedFiles     Code = "CA812" // a seed pattern that matches nothing
	FileExists      Code = "CA813" // a file would be overwritten
	OutputLost      Code = "CA814" // the result could not be written to standard output
	Cancelled       Code = "CA815" // stopped by the user
	ExposedSecret   Code = "CA816" // a file with a secret that every user may read
	BadToken        Code = "CA818" // an access token that is missing or malformed
	TrackedSecret   Code = "CA819" // a file with a secret that git tracks
	NotFilled       Code = "CA817" // the local database was made and its migrations or seed did not run to their end
	Internal        Code = "CA901" // a bug of cairn
)

// Postgres returns the code of an SQLSTATE, "PG42P01".
func Postgres(sqlstate string) Code { return Code("PG" + sqlstate) }
