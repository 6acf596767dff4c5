package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/cairndb/cairn/internal/finding"
)

// interruptible returns a context that the first SIGINT, SIGTERM or SIGHUP cancels. The second one ends the process at
// once: whoever sends it does not want to wait for a server's answer.
func interruptible(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(parent)
	ask := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // under nohup it stays ignored
		ask = append(ask, syscall.SIGHUP)
	}
	asked := notify(ask...)
	done := make(chan struct{})
	go func() {
		select {
		case <-asked:
			cancel()
		case <-done:
			return
		}
		select {
		case <-asked:
			os.Exit(int(finding.Interrupted))
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(asked)
		close(done)
		cancel()
	}
}

// notify returns a channel on which the signals arrive, instead of what they would do.
func notify(signals ...os.Signal) chan os.Signal {
	ch := make(chan os.Signal, 2)
	signal.Notify(ch, signals...)
	return ch
}
