package sqlite

import (
	"testing"
)

func version(t *testing.T, s *Store) int {
	t.Helper()
	v, err := one(s.read(t.Context()), readVersion, scalar[int])
	must(t, err)
	return v
}

func TestMigrationsRunOnce(t *testing.T) {
	s := open(t)
	all, err := migrations()
	must(t, err)
	if got := version(t, s); got != len(all) {
		t.Errorf("the version is %d after %d migrations", got, len(all))
	}
	must(t, s.CreateLogin(t.Context(), login("kept")))
	must(t, s.Close())
	again := openAt(t, s.path, Options{})
	if got := version(t, again); got != len(all) || !has(t, again, "kept") {
		t.Errorf("after opening it again: version %d, or what was kept is gone", got)
	}
}

func TestAMigrationThatFailsChangesNothing(t *testing.T) {
	s := open(t)
	before := version(t, s)
	bad := migration{"bad", `CREATE TABLE half (a); DROP TABLE logins; CREATE TABLE users (a)`}
	if err := migrate(t.Context(), s.writer.conn, before, []migration{bad}); err == nil {
		t.Fatal("it went through")
	}
	if got := version(t, s); got != before {
		t.Errorf("the version went from %d to %d", before, got)
	}
	n, err := one(s.read(t.Context()), `SELECT count(*) FROM sqlite_schema WHERE name = 'half'`, scalar[int])
	must(t, err)
	if n != 0 {
		t.Error("half of it is there")
	}
	must(t, s.CreateLogin(t.Context(), login("a")))

	good := migration{"good", `CREATE TABLE half (a); INSERT INTO half VALUES (1)`}
	must(t, migrate(t.Context(), s.writer.conn, before, []migration{good}))
	if got := version(t, s); got != before+1 {
		t.Errorf("the version went from %d to %d", before, got)
	}
}
