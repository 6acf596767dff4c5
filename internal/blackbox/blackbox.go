// Package blackbox tests the cairn binary from outside: it is built once, run as a process in a project on disk, and
// judged by its exit code, its output and what the database holds afterwards. The database is a real Postgres, the
// pooler a real PgBouncer. It has tests only.
package blackbox
