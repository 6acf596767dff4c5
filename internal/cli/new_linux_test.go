package cli

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestNewAsks holds the conversation of `cairn new --ask`: each question in turn, help the first time, a complaint
// about an answer that cannot be, and the table in the end.
func TestNewAsks(t *testing.T) {
	project := t.TempDir()
	x := onTerminal(t, 100, nil, "cairn", "new", "add products table", "--ask", "--workdir", project)
	for _, step := range []struct{ prompt, answer string }{
		{"Table\x1b[0m [products] ", ""},
		{"Column\x1b[0m ", "name string"},
		{"Postgres has no type string: did you mean text?", "name text!"},
		{"Column\x1b[0m ", "price numeric =0"},
		{"Column\x1b[0m ", ""},
		{"Who may read the rows\x1b[0m [owner] ", "nobody"},
		{"Answer with one of owner, signed-in, everyone, service.", "everyone"},
		{"Owner\x1b[0m [user_id] ", "seller"},
		{"Index\x1b[0m ", "price desc"},
		{"Index\x1b[0m ", ""},
		{"Keep updated_at?\x1b[0m [Y/n] ", "n"},
	} {
		x.sees(step.prompt)
		x.typeIn(step.answer + "\n")
	}
	if code := x.end(); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, x.screen())
	}
	if got := strings.Count(x.screen(), "name and type, then"); got != 1 {
		t.Errorf("how to write a column is told %d times:\n%s", got, x.screen())
	}
	files, err := filepath.Glob(filepath.Join(project, "supabase", "migrations", "*_add_products_table.sql"))
	if err != nil || len(files) != 1 {
		t.Fatalf("wrote %v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"CREATE TABLE IF NOT EXISTS public.products", "name text NOT NULL", "price numeric DEFAULT 0", "seller uuid NOT NULL",
		"(price DESC)", "USING (true)",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "updated_at") {
		t.Errorf("updated_at was not wanted:\n%s", text)
	}
}

// TestNewInterrupted holds that a conversation that is broken off writes nothing.
func TestNewInterrupted(t *testing.T) {
	project := t.TempDir()
	x := onTerminal(t, 100, nil, "cairn", "new", "x", "--ask", "--workdir", project)
	x.sees("Table\x1b[0m [x] ")
	x.typeIn("\x03")
	if code := x.end(); code != 130 {
		t.Errorf("exit code %d:\n%s", code, x.screen())
	}
	if _, err := os.Stat(filepath.Join(project, "supabase")); err == nil {
		t.Error("a folder was made")
	}
}

// TestForgottenPipe holds that a command which waits for standard input says so, can be interrupted, and then writes
// nothing; and that it goes on when the text comes after all.
func TestForgottenPipe(t *testing.T) {
	for _, c := range []struct {
		name  string
		then  func(t *testing.T, cmd *os.Process, w *os.File) error
		exit  int
		files int
	}{
		{"interrupted", func(_ *testing.T, p *os.Process, _ *os.File) error { return p.Signal(syscall.SIGINT) }, 130, 0},
		{"late", func(_ *testing.T, _ *os.Process, w *os.File) error {
			_, err := w.WriteString("select 1;\n")
			_ = w.Close()
			return err
		}, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			project := t.TempDir()
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			cmd, out := command(t, nil, "cairn", "new", "x", "--workdir", project), &output{}
			cmd.Stdin, cmd.Stdout, cmd.Stderr = r, out, out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			_ = r.Close()
			out.see(t, "Waiting for the migration's text on standard input")
			if err := c.then(t, cmd.Process, w); err != nil {
				t.Fatal(err)
			}
			if code := exitCode(t, cmd.Wait()); code != c.exit {
				t.Errorf("exit code %d, want %d:\n%s", code, c.exit, out.String())
			}
			files, err := filepath.Glob(filepath.Join(project, "supabase", "migrations", "*_x.sql"))
			if err != nil || len(files) != c.files {
				t.Errorf("wrote %v, %v", files, err)
			}
		})
	}
}

// sees waits until the screen shows text behind all that it was waited for before.
func (x *terminal) sees(text string) {
	x.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if i := strings.Index(x.screen()[x.seen:], text); i >= 0 {
			x.seen += i + len(text)
			return
		}
		if time.Now().After(deadline) {
			x.t.Fatalf("never saw %q, only\n%q", text, x.screen()[x.seen:])
		}
	}
}
