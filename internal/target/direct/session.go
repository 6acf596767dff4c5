package direct

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/target"
)

// chunk is how many bytes of steps are sent before results are read, so that a huge file streams through.
const chunk = 64 << 10

// Session is one connection over the Postgres protocol.
type Session struct {
	conn  *pgconn.PgConn
	facts target.Facts
	role  string
	kept  kept

	target      *Target
	application string
	asked       bool   // whether the session is kept between transactions
	heard       string // the channel of the last notification
}

// Facts says what the server and the route are.
func (s *Session) Facts() target.Facts { return s.facts }

// Status is the transaction status after the last Exec.
func (s *Session) Status() byte { return s.conn.TxStatus() }

// Fresh is what makes the session as it was after connecting.
func (s *Session) Fresh() target.Segment {
	if s.facts.Pooled {
		return nil
	}
	steps := s.kept.fresh()
	if s.role != "" {
		steps = append(steps, target.Step{SQL: becomeSQL, Args: [][]byte{target.Text(s.role)}})
	}
	return steps
}

// becomeSQL makes the session another role, until its end.
const becomeSQL = "select set_config('role', $1, false)"

// Close ends the connection.
func (s *Session) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return s.conn.Close(ctx)
}

// ask fills the facts. The system identifier may be hidden from plain users, so it is asked for apart.
func (s *Session) ask(ctx context.Context) error {
	f := &s.facts
	segments := []target.Segment{
		{{SQL: factsSQL, Row: func(v [][]byte) {
			f.Server, _ = strconv.Atoi(string(v[0]))
			pid, _ := strconv.ParseUint(string(v[1]), 10, 32)
			f.PID, f.Started = uint32(pid), string(v[2])
			f.Database, f.User, f.ReadOnly = string(v[3]), string(v[4]), string(v[5])
		}}},
		{{SQL: systemSQL, Row: func(v [][]byte) {
			f.System = string(v[0])
			f.Timeline, _ = strconv.Atoi(string(v[1]))
		}}},
	}
	if s.role != "" {
		segments = append([]target.Segment{{{SQL: becomeSQL, Args: [][]byte{target.Text(s.role)}}}}, segments...)
	}
	s.kept.off = true // until it is known who answers
	err := s.Exec(ctx, segments, nil)
	if refused, ok := errors.AsType[*target.StatementError](err); ok && refused.Segment == len(segments)-1 {
		err = nil
	}
	// A pooler answers the start-up itself with a process number of its own (reliability §0.11).
	f.Pooled = f.PID != s.conn.PID()
	s.kept.off = f.Pooled
	f.Route, f.Role = "direct", s.role
	if f.Pooled {
		f.Route = "pooler"
	}
	return err
}

// Exec sends segments and reads their results.
func (s *Session) Exec(ctx context.Context, segments []target.Segment, done func(target.Result)) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if done == nil {
		done = func(target.Result) {}
	}
	x := &exchange{ctx: ctx, conn: s.conn, segments: segments, done: done, kept: &s.kept}
	x.pipeline = s.conn.StartPipeline(ctx)
	err := x.run()
	s.kept.settle()
	if closeErr := x.pipeline.Close(); err == nil && closeErr != nil && x.refused == nil {
		err = x.lost(closeErr)
	}
	if err != nil {
		return err
	}
	if x.refused != nil {
		return x.refused
	}
	return nil
}

// expected is an answer that is still to come: of a step, or of the Sync behind a segment (step -1).
type expected struct {
	segment, step int
	prepares      bool // the answer is to the preparation of the step's statement, which itself is answered next
	kept          bool // the step's statement was sent by its name
}

// exchange is one Exec under way.
type exchange struct {
	ctx      context.Context
	conn     *pgconn.PgConn
	pipeline *pgconn.Pipeline
	segments []target.Segment
	done     func(target.Result)
	kept     *kept

	waiting  []expected
	buffered int                    // bytes sent since results were last read
	failed   int                    // the segment after the last one that failed
	refused  *target.StatementError // the first refusal
}

func (x *exchange) run() error {
	for i, segment := range x.segments {
		for j, step := range segment {
			if x.failed == i+1 {
				break
			}
			if step.Copy != nil {
				if err := x.copyIn(i, j); err != nil {
					return err
				}
				continue
			}
			x.send(i, j)
			if x.buffered > chunk {
				sent := len(x.waiting)
				x.pipeline.SendFlushRequest()
				if err := x.flush(); err != nil {
					return err
				}
				if err := x.read(sent / 2); err != nil {
					return err
				}
				x.buffered = 0
			}
		}
		x.pipeline.SendPipelineSync()
		x.waiting = append(x.waiting, expected{segment: i, step: -1})
	}
	if err := x.flush(); err != nil {
		return err
	}
	return x.read(0)
}

// send queues one step.
func (x *exchange) send(i, j int) {
	step := x.segments[i][j]
	name, prepare := x.kept.name(step)
	if prepare {
		x.pipeline.SendPrepare(name, step.SQL, nil)
		x.waiting = append(x.waiting, expected{segment: i, step: j, prepares: true})
	}
	if name != "" {
		x.pipeline.SendQueryPrepared(name, step.Args, nil, nil)
	} else {
		x.pipeline.SendQueryParams(step.SQL, step.Args, nil, nil, nil)
	}
	if step.Live {
		x.pipeline.SendFlushRequest()
	}
	x.waiting = append(x.waiting, expected{segment: i, step: j, kept: name != ""})
	x.buffered += len(step.SQL) + 64
	for _, arg := range step.Args {
		x.buffered += len(arg)
	}
}

func (x *exchange) flush() error {
	if err := x.pipeline.Flush(); err != nil {
		return x.lost(err)
	}
	return nil
}

// read takes answers until at most keep are still to come.
func (x *exchange) read(keep int) error {
	for len(x.waiting) > keep {
		results, err := x.pipeline.GetResults()
		if err != nil {
			if err := x.refuse(err); err != nil {
				return err
			}
			continue
		}
		next := x.waiting[0]
		switch r := results.(type) {
		case *pgconn.ResultReader:
			row := x.segments[next.segment][next.step].Row
			for r.NextRow() {
				if row != nil {
					row(r.Values())
				}
			}
			tag, err := r.Close()
			if err != nil {
				if err := x.refuse(err); err != nil {
					return err
				}
				continue
			}
			x.waiting = x.waiting[1:]
			x.done(target.Result{Segment: next.segment, Step: next.step, Tag: tag.String()})
		case *pgconn.StatementDescription:
			x.waiting = x.waiting[1:]
			x.kept.prepared(x.segments[next.segment][next.step].SQL)
		case *pgconn.PipelineSync:
			x.waiting = x.waiting[1:]
		default:
			return x.lost(errors.New("the server sent fewer answers than there were steps"))
		}
	}
	return nil
}

// refuse takes an error in place of the next answer: the server skips to the Sync, and so does the queue.
func (x *exchange) refuse(err error) error {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || x.conn.IsClosed() || len(x.waiting) == 0 {
		return x.lost(err)
	}
	head := x.waiting[0]
	if x.refused == nil {
		x.refused = &target.StatementError{Segment: head.segment, Step: head.step, PG: pg}
		x.refused.Forgotten = x.kept.forgotten(head.kept, pg)
	}
	x.failed = head.segment + 1
	for len(x.waiting) > 0 && x.waiting[0].segment == head.segment && x.waiting[0].step >= 0 {
		x.waiting = x.waiting[1:]
	}
	return nil
}

func (x *exchange) lost(err error) error {
	l := &target.LostError{Segment: len(x.segments), Err: err}
	if len(x.waiting) > 0 {
		l.Segment, l.Step = x.waiting[0].segment, x.waiting[0].step
		if l.Step < 0 {
			l.Step = len(x.segments[l.Segment])
		}
	}
	return l
}

// copyIn runs COPY … FROM STDIN, which pgx cannot do inside a pipeline: the pipeline is read out and closed, the
// data copied, a new pipeline opened. Inside an explicit transaction the Sync between changes nothing.
func (x *exchange) copyIn(i, j int) error {
	x.pipeline.SendPipelineSync()
	x.waiting = append(x.waiting, expected{segment: i, step: -1})
	if err := x.flush(); err != nil {
		return err
	}
	if err := x.read(0); err != nil {
		return err
	}
	x.buffered = 0
	if x.failed == i+1 {
		return nil
	}
	if err := x.pipeline.Close(); err != nil {
		return x.lost(err)
	}
	step := x.segments[i][j]
	tag, err := x.conn.CopyFrom(x.ctx, strings.NewReader(*step.Copy), step.SQL)
	x.waiting = []expected{{segment: i, step: j}}
	if err != nil {
		if err := x.refuse(err); err != nil {
			return err
		}
	} else {
		x.done(target.Result{Segment: i, Step: j, Tag: tag.String()})
	}
	x.waiting = nil
	x.pipeline = x.conn.StartPipeline(x.ctx)
	return nil
}
