package command

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
)

// output is what a command printed, without the last newline.
type output struct{ stdout, stderr string }

// capture collects both streams of a command, apart and together, and shows their lines in the
// engine's log while the command runs.
type capture struct {
	mutex                sync.Mutex
	stdout, stderr, both bytes.Buffer
	out, err             *lineLogger
}

func newCapture(ctx context.Context, logging string) *capture {
	logged := func(streams ...string) *lineLogger {
		logger := &lineLogger{log: func(string) {}}
		if logging == "" || slices.Contains(streams, logging) {
			logger.log = p.GetLogger(ctx).Info
		}
		return logger
	}
	return &capture{
		out: logged("stdout", "stdoutAndStderr"), err: logged("stderr", "stdoutAndStderr"),
	}
}

// streams gives the writers for a command's stdout and stderr.
func (c *capture) streams() (io.Writer, io.Writer) {
	return stream{c, &c.stdout, c.out}, stream{c, &c.stderr, c.err}
}

// result ends the capture.
func (c *capture) result() output {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.out.flush()
	c.err.flush()
	return output{
		strings.TrimSuffix(c.stdout.String(), "\n"), strings.TrimSuffix(c.stderr.String(), "\n"),
	}
}

type stream struct {
	capture *capture
	own     *bytes.Buffer
	logger  *lineLogger
}

// Write implements io.Writer. Both streams share the buffer of both, hence the mutex.
func (s stream) Write(data []byte) (int, error) {
	s.capture.mutex.Lock()
	defer s.capture.mutex.Unlock()
	s.own.Write(data)
	s.capture.both.Write(data)
	s.logger.write(data)
	return len(data), nil
}

// lineLogger logs whole lines.
type lineLogger struct {
	log     func(string)
	partial []byte
}

func (l *lineLogger) write(data []byte) {
	l.partial = append(l.partial, data...)
	for {
		end := bytes.IndexByte(l.partial, '\n')
		if end < 0 {
			return
		}
		l.log(strings.TrimSuffix(string(l.partial[:end]), "\r"))
		l.partial = l.partial[end+1:]
	}
}

func (l *lineLogger) flush() {
	if len(l.partial) > 0 {
		l.log(string(l.partial))
		l.partial = nil
	}
}
