package app

import (
	"fmt"
	"os"
	"path/filepath"
)

// StateDir is the folder for what cairn keeps of its runs: $CAIRN_STATE, else $XDG_STATE_HOME/cairn, else
// $HOME/.local/state/cairn, else a folder of this user's in the temporary folder. It is not made here.
func StateDir(getenv func(string) string) string {
	if dir := getenv("CAIRN_STATE"); dir != "" {
		if abs, err := filepath.Abs(dir); err == nil {
			return abs
		}
	}
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "cairn")
	}
	if home := getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "state", "cairn")
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("cairn-%d", os.Getuid()))
}
