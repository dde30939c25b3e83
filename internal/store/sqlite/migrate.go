package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strings"
)

// schema holds the migrations, 0001_….sql and on. One that a release has brought to people is never changed again.
//
//go:embed schema/*.sql
var schema embed.FS

// migration is one step from one version of the tables to the next.
type migration struct{ name, script string }

// migrations returns all steps; the first makes version 1.
func migrations() ([]migration, error) {
	files, err := schema.ReadDir("schema") // sorted by name
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	all := make([]migration, len(files))
	for i, f := range files {
		if !strings.HasPrefix(f.Name(), fmt.Sprintf("%04d_", i+1)) {
			return nil, fmt.Errorf("sqlite: %s is out of line: migration %d is wanted", f.Name(), i+1)
		}
		script, err := schema.ReadFile("schema/" + f.Name())
		if err != nil {
			return nil, fmt.Errorf("sqlite: %w", err)
		}
		all[i] = migration{f.Name(), string(script)}
	}
	return all, nil
}

// pending returns the steps that a file of this version has not had.
func pending(version int) ([]migration, error) {
	all, err := migrations()
	if err != nil {
		return nil, err
	}
	if version > len(all) {
		return nil, fmt.Errorf("%w: its tables have version %d, and this program knows up to %d", ErrTooNew, version, len(all))
	}
	return all[version:], nil
}

// migrate brings the tables from a version to the newest.
func migrate(ctx context.Context, conn *sql.Conn, version int, steps []migration) error {
	for i, m := range steps {
		if err := m.apply(ctx, conn, version+i+1); err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
	}
	return nil
}

// rebuilds are what a step does after its script, by its name: what SQL cannot compute.
var rebuilds = map[string]func(context.Context, *sql.Conn) error{
	"0018_search_keys.sql": rebuildSearchKeys,
	"0022_posts_order.sql": separateOrders,
}

// apply runs the step and sets the version it makes in one transaction.
func (m migration) apply(ctx context.Context, conn *sql.Conn, version int) (err error) {
	if _, err := conn.ExecContext(ctx, string(begin)); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, e := conn.ExecContext(context.WithoutCancel(ctx), string(rollback))
			err = errors.Join(err, e)
		}
	}()
	if _, err := conn.ExecContext(ctx, m.script); err != nil {
		return err
	}
	if rebuild := rebuilds[m.name]; rebuild != nil {
		if err := rebuild(ctx, conn); err != nil {
			return err
		}
	}
	marks := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, version)
	for _, script := range []string{marks, string(commit)} {
		if _, err := conn.ExecContext(ctx, script); err != nil {
			return err
		}
	}
	return nil
}
