package sqlite_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/sqlite"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// childEnv names the file that a copy of this test binary works on.
const childEnv = "TENURE_TEST_SQLITE_FILE"

const rounds = 100

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		if err := child(path); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child opens a session, counts a record up, and lives until its input ends.
func child(path string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := sql.Open(sqlite.DriverName, sqlite.DSN(path))
	if err != nil {
		return err
	}
	if err := sqlite.Migrate(ctx, db); err != nil { // all at once
		return err
	}
	store, err := sqlite.New(ctx, db, "processes")
	if err != nil {
		return err
	}
	session, _, err := store.OpenSession(ctx, backends.SessionSpec{TTL: time.Second})
	if err != nil {
		return err
	}
	for done := 0; done < rounds; {
		applied, err := countUp(ctx, store)
		if err != nil {
			return err
		}
		if applied {
			done++
		}
	}
	fmt.Println("session", session.ID())
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n') // until it is killed
	return nil
}

// countUp tries to add one to a number.
func countUp(ctx context.Context, store *sqlite.Store) (applied bool, err error) {
	records, err := store.Read(ctx, "count")
	if err != nil {
		return false, err
	}
	n, _ := strconv.Atoi(string(records[0].Value)) // "" is 0
	results, err := store.Write(ctx, backends.Write{Key: "count", Value: []byte(strconv.Itoa(n + 1)), Expect: records[0].Revision})
	if err != nil {
		return false, err
	}
	return results[0].Outcome == backends.Applied, results[0].Err
}

// Processes share a file, lose no count, and one proves the death of another.
func TestProcesses(t *testing.T) {
	t.Parallel()
	const processes = 3
	path := t.TempDir() + "/shared"
	lines := make(chan string, processes)
	var started []*exec.Cmd
	for range processes {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cmd.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
		started = append(started, cmd)
		go func() {
			line, _ := bufio.NewReader(out).ReadString('\n')
			lines <- strings.TrimSpace(line)
		}()
	}
	var ids []backends.SessionID
	for range processes {
		id, ok := strings.CutPrefix(<-lines, "session ")
		if !ok {
			t.Fatalf("a process says %q", id)
		}
		ids = append(ids, backends.SessionID(id))
	}
	store := open(t, connect(t, path), "processes")
	if records, err := store.Read(t.Context(), "count"); err != nil || string(records[0].Value) != strconv.Itoa(processes*rounds) {
		t.Errorf("the processes counted to %q, %v; want %d", records[0].Value, err, processes*rounds)
	}
	for _, cmd := range started {
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	limit := storetest.Within(t, 10*time.Second)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for i, id := range ids {
		for {
			r := storetest.Try(t, store, backends.Write{Key: backends.Key(fmt.Sprint("claim/", i)), IfDead: id})
			if r.Outcome == backends.Applied {
				break
			}
			if r.Outcome != backends.Alive {
				t.Fatalf("claim of a killed process: %+v", r)
			}
			select {
			case <-ticker.C:
			case <-limit.Done():
				t.Fatal("no proof of death")
			}
		}
	}
	if infos, err := store.Sessions(t.Context()); err != nil || len(infos) != 0 {
		t.Errorf("sessions of killed processes: %+v, %v", infos, err)
	}
}
