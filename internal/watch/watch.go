// Package watch waits for the files of one folder to come to rest after a change. What counts is what a look at the
// folder finds; the events of the file system only say when to look. So an editor that saves by renaming, a folder that
// is removed and made again, and a file system without events are nothing special.
package watch

import (
	"cmp"
	"context"
	"crypto/sha256"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/cairndb/cairn/internal/folder"
)

// Folder is a folder that is watched. Path must be set, and Close called; it is not safe for concurrent use.
type Folder struct {
	Root  string                 // absolute; no link is followed out of it
	Path  string                 // absolute; the folder need not be there
	Match func(name string) bool // which of its files count
	Quiet time.Duration          // how long nothing may change before a state counts; 0 is 300 ms
	Every time.Duration          // how often it is looked at where nothing tells to; 0 is 2 s

	rest   State // as last returned
	deaf   bool  // as on a file system without events; for tests
	events *fsnotify.Watcher
	on     fs.FileInfo // the folder that the events are of; nil where there are none
}

// State is what the files of a folder were like at one look, by their names.
type State map[string]File

// File is what tells one content of a file from another.
type File struct {
	Size     int64
	Modified time.Time
	Sum      [sha256.Size]byte // of its bytes; zero where they cannot be read, or are very many

	info fs.FileInfo
}

// largest is the largest file whose bytes are looked at each time; a larger one is known by its size and time.
const largest = 64 << 20

// racy is how old a file's time must be before an equal one says that nothing was written since: some file systems count
// in steps of two seconds.
const racy = 3 * time.Second

// Next waits until the folder rests in a state other than the one that was last returned, the first time in any state. The
// error is the context's; calling it again goes on.
func (f *Folder) Next(ctx context.Context) (State, error) {
	for {
		if state := f.look(f.rest); f.rest == nil || !same(state, f.rest) {
			state, err := f.settle(ctx, state)
			if err != nil {
				return nil, err
			}
			if f.rest == nil || !same(state, f.rest) {
				f.rest = state
				return state, nil
			}
		}
		if err := f.wait(ctx, cmp.Or(f.Every, 2*time.Second), false); err != nil {
			return nil, err
		}
	}
}

// Forget has Next return the state that it last returned once more, where it lasts: whoever read the files behind it
// found others, and those may be gone again.
func (f *Folder) Forget() { f.rest = nil }

// settle looks until two looks, with nothing heard in between, find the same.
func (f *Folder) settle(ctx context.Context, state State) (State, error) {
	for {
		if err := f.wait(ctx, cmp.Or(f.Quiet, 300*time.Millisecond), true); err != nil {
			return nil, err
		}
		next := f.look(f.rest)
		if same(next, state) {
			return next, nil
		}
		state = next
	}
}

// Close ends the watching.
func (f *Folder) Close() {
	if f.events != nil {
		_ = f.events.Close()
	}
}

// look lists the folder, and listens to it where it is another one than before. What known says of a file is taken over
// where its time tells that it is still the same.
func (f *Folder) look(known State) State {
	f.listen()
	state := State{}
	tree, rel, err := f.open()
	if err != nil {
		return state
	}
	defer tree.Close()
	entries, _ := tree.Entries(rel)
	for _, e := range entries {
		name := e.Name()
		if !f.Match(name) {
			continue
		}
		info, err := os.Stat(filepath.Join(f.Path, name))
		if err != nil {
			state[name] = File{} // gone meanwhile, or a link to nothing
			continue
		}
		file := File{Size: info.Size(), Modified: info.ModTime(), info: info}
		if before := known[name]; before.unwritten(file) {
			file.Sum = before.Sum
		} else if data, err := tree.Read(path.Join(rel, name), largest); err == nil {
			file.Sum = sha256.Sum256(data)
		}
		state[name] = file
	}
	return state
}

// open opens the tree of the folder, and says where in it the folder is; one elsewhere is a tree of its own.
func (f *Folder) open() (*folder.Folder, string, error) {
	tree, err := folder.Open(f.Root)
	if err != nil {
		return nil, "", err
	}
	if rel, ok := tree.Within(f.Path); ok {
		return tree, rel, nil
	}
	_ = tree.Close()
	tree, err = folder.Open(f.Path)
	return tree, ".", err
}

// unwritten reports whether a file is by all signs the one that it was.
func (f File) unwritten(now File) bool {
	return f.info != nil && os.SameFile(f.info, now.info) && f.Size == now.Size && f.Modified.Equal(now.Modified) &&
		time.Since(now.Modified) > racy
}

// same reports whether two looks found the same. A file that was only touched is the same; of one whose bytes are not
// known the time counts.
func same(x, y State) bool {
	return maps.EqualFunc(x, y, func(a, b File) bool {
		return a.Sum == b.Sum && a.Size == b.Size && (a.Sum != File{}.Sum || a.Modified.Equal(b.Modified))
	})
}

// listen asks for the events of the folder that is there now.
func (f *Folder) listen() {
	info, err := os.Stat(f.Path)
	if err == nil && f.on != nil && os.SameFile(info, f.on) {
		return
	}
	if f.events != nil && f.on != nil {
		_ = f.events.Remove(f.Path)
	}
	f.on = nil
	if err != nil || f.deaf {
		return
	}
	if f.events == nil {
		if f.events, err = fsnotify.NewWatcher(); err != nil {
			f.events = nil
			return
		}
	}
	if f.events.Add(f.Path) == nil {
		f.on = info
	}
}

// wait waits for an event, or for d. Quiet, it waits for d without an event.
func (f *Folder) wait(ctx context.Context, d time.Duration, quiet bool) error {
	var events chan fsnotify.Event
	var errs chan error
	if f.on != nil {
		events, errs = f.events.Events, f.events.Errors
	} else if !quiet {
		d = min(d, silent)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return nil
		case <-errs: // too many events at once: looking is all that is left
		case e := <-events:
			if e.Name != f.Path && !f.Match(filepath.Base(e.Name)) {
				continue
			}
		}
		if !quiet {
			return nil
		}
		timer.Reset(d)
	}
}

// silent is how often a folder is looked at that no events come from, or that is not there.
const silent = 500 * time.Millisecond
