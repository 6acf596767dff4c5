package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
)

const (
	inputLimit = 1 << 30         // the most that is read of a stream, in bytes: as much as of a migration's file
	inputQuiet = 2 * time.Second // a stream that says nothing for so long is one that somebody forgot
)

// piped reports whether text comes on standard input. A terminal and /dev/null are character devices and hold none.
func (c *console) piped() bool {
	info, err := c.Stdin.Stat()
	return err == nil && info.Mode()&fs.ModeCharDevice == 0
}

// standardInput reads all of standard input; what is what it will be taken for.
func (c *console) standardInput(ctx context.Context, what string) ([]byte, error) {
	return c.input(ctx, "standard input", what, func() (io.ReadCloser, error) { return io.NopCloser(c.Stdin), nil })
}

// file reads all of the file at path, a FIFO too, for what.
func (c *console) file(ctx context.Context, path, what string) ([]byte, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.App.Cwd, path)
	}
	return c.input(ctx, folder.Shown(c.near(path)), what, func() (io.ReadCloser, error) { return os.Open(path) })
}

// input reads a stream to its end. The reading itself cannot be called off, so after a cancelled context it goes on
// until the process ends. The error is a finding with exit Usage, or context.Canceled.
func (c *console) input(ctx context.Context, from, what string, open func() (io.ReadCloser, error)) ([]byte, error) {
	var text bytes.Buffer
	done := make(chan error, 1)
	go func() {
		stream, err := open()
		if err == nil {
			_, err = text.ReadFrom(io.LimitReader(stream, inputLimit+1))
			_ = stream.Close()
		}
		done <- err
	}()
	quiet := time.NewTimer(inputQuiet)
	defer quiet.Stop()
	for {
		select {
		case err := <-done:
			if err == nil && text.Len() > inputLimit {
				return nil, &finding.Finding{
					Code: finding.TooLarge, Severity: finding.Error, Exit: finding.Usage, Message: "there is more than 1 GiB on " + from,
				}
			}
			if err != nil {
				return nil, unreadable(from, err)
			}
			return text.Bytes(), nil
		case <-quiet.C:
			c.sink(event.Waiting{For: what + " on " + from})
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func unreadable(from string, err error) error {
	why := err
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		why = e.Err
	}
	return &finding.Finding{
		Code: finding.Unreadable, Severity: finding.Error, Exit: finding.Usage, Cause: err,
		Message: from + " cannot be read: " + why.Error(),
	}
}

// near returns an absolute path as it is best written in the current folder.
func (c *console) near(path string) string {
	if rel, err := filepath.Rel(c.App.Cwd, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}

// inQuotes is takes for a command whose one argument, what, often has spaces in it and so comes as several.
func inQuotes(name, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usage(cmd, "%s is one argument: put it in quotes", what)
		}
		return takes(name)(cmd, args)
	}
}
