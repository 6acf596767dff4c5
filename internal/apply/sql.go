package apply

import _ "embed"

//go:embed lock.sql
var lockSQL string

//go:embed lock_session.sql
var lockSessionSQL string

//go:embed unlock_session.sql
var unlockSessionSQL string

//go:embed holders.sql
var holdersSQL string

//go:embed terminate.sql
var terminateSQL string

//go:embed terminate_own.sql
var terminateOwnSQL string

//go:embed lock_held.sql
var lockHeldSQL string

//go:embed working.sql
var workingSQL string

//go:embed settings.sql
var settingsSQL string

//go:embed settings17.sql
var settings17SQL string

//go:embed blockers.sql
var blockersSQL string

//go:embed status.sql
var statusSQL string

//go:embed recorded.sql
var recordedSQL string

//go:embed recorded_plain.sql
var recordedPlainSQL string

//go:embed expires.sql
var expiresSQL string

//go:embed clock.sql
var clockSQL string
