package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/target"
)

// console is a connection for a person's own statements. Beside what a target.Session does, it says what the columns
// of a result are.
type console struct {
	conn    *pgconn.PgConn
	limit   int  // rows of one result
	bytes   int  // of values that may still be kept
	standby bool // the server takes no changes at all
	types   map[columnType]string
}

// columnType is a type with its modifier, such as the length of a varchar.
type columnType struct {
	oid      uint32
	modifier int32
}

func openConsole(ctx context.Context, at *place, application string, limit int, s event.Sink) (*console, error) {
	conn, err := at.bare(ctx, target.Options{Application: application, Notice: func(n *pgconn.Notice) {
		s(event.Notice{Severity: n.SeverityUnlocalized, Code: n.Code, Message: n.Message, Detail: n.Detail, Hint: n.Hint})
	}})
	if err != nil {
		return nil, err
	}
	return &console{conn: conn, limit: limit, bytes: maxBytes, types: map[columnType]string{}}, nil
}

// bare opens a connection without a session's protocol around it, in the role that sessions have. The error is errNoWire
// where only requests lead to the place.
func (at *place) bare(ctx context.Context, o target.Options) (*pgconn.PgConn, error) {
	route := at.route
	if at.ways != nil {
		var err error
		if route, err = at.wire(ctx, o.Application); err != nil {
			return nil, err
		}
	}
	conn, err := route.Connect(ctx, o)
	if err != nil || route.Role == "" {
		return conn, err
	}
	if err := conn.ExecParams(ctx, "select set_config('role', $1, false)", [][]byte{[]byte(route.Role)}, nil, nil, nil).Read().Err; err != nil {
		_ = conn.Close(ctx)
		return nil, err
	}
	return conn, nil
}

func (c *console) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.conn.Close(ctx)
}

// rows runs a statement of our own and returns its rows as text; a NULL is nil.
func (c *console) rows(ctx context.Context, sql string, args ...[]byte) ([][][]byte, error) {
	result := c.conn.ExecParams(ctx, sql, args, nil, nil, nil).Read()
	return result.Rows, result.Err
}

// statement runs one statement. free says that nothing is lost where its transaction ends: it is then stopped once its
// rows are enough. Otherwise the rest of them is read and dropped.
func (c *console) statement(ctx context.Context, st migration.Statement, free bool) (*Answer, error) {
	started := time.Now()
	answer := &Answer{At: st.Head().String()}
	if st.Copy != nil {
		tag, err := c.conn.CopyFrom(ctx, strings.NewReader(st.Copy.Text()), st.Text())
		answer.Tag, answer.Elapsed = tag.String(), time.Since(started)
		return answer, err
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	reader := c.conn.ExecParams(running, st.Text(), nil, nil, nil, nil)
	for reader.NextRow() {
		switch {
		case answer.Truncated:
		case len(answer.Rows) < c.limit && c.bytes > 0:
			answer.Rows = append(answer.Rows, c.row(reader.Values()))
		default:
			answer.Truncated = true
			if free {
				stop()
			}
		}
	}
	fields := slices.Clone(reader.FieldDescriptions())
	tag, err := reader.Close()
	answer.Tag, answer.Elapsed = tag.String(), time.Since(started)
	if answer.Truncated && free && ctx.Err() == nil {
		answer.Tag, err = "", c.end(ctx)
	}
	if err == nil && fields != nil {
		answer.Columns, err = c.columns(ctx, fields)
		if answer.Rows == nil {
			answer.Rows = [][]*string{}
		}
	}
	return answer, err
}

// end ends the transaction that is open, and undoes what it did.
func (c *console) end(ctx context.Context) error {
	if c.conn.IsClosed() || c.conn.TxStatus() == 'I' {
		return nil
	}
	_, err := c.rows(ctx, "rollback")
	return err
}

// row copies the values of a row, whose memory the driver uses again.
func (c *console) row(values [][]byte) []*string {
	row := make([]*string, len(values))
	for i, v := range values {
		c.bytes -= len(v) + 16
		if v != nil {
			text := strings.ToValidUTF8(string(v), "\ufffd")
			row[i] = &text
		}
	}
	return row
}

func typeOf(f pgconn.FieldDescription) columnType { return columnType{f.DataTypeOID, f.TypeModifier} }

// columns names the columns of a result; the server names their types.
func (c *console) columns(ctx context.Context, fields []pgconn.FieldDescription) ([]Column, error) {
	var types, modifiers []string
	var unknown []columnType
	for _, f := range fields {
		t := typeOf(f)
		if c.types[t] == "" && !slices.Contains(unknown, t) {
			unknown = append(unknown, t)
			types, modifiers = append(types, fmt.Sprint(t.oid)), append(modifiers, fmt.Sprint(t.modifier))
		}
	}
	if len(unknown) > 0 && !c.conn.IsClosed() {
		array := func(of []string) []byte { return []byte("{" + strings.Join(of, ",") + "}") }
		rows, err := c.rows(ctx, "select format_type(t, m) from unnest($1::oid[], $2::int[]) with ordinality as a (t, m, n) order by n",
			array(types), array(modifiers))
		if err != nil {
			return nil, err
		}
		for i, row := range rows {
			c.types[unknown[i]] = string(row[0])
		}
	}
	columns := make([]Column, len(fields))
	for i, f := range fields {
		columns[i] = Column{Name: f.Name, Type: c.types[typeOf(f)]}
	}
	return columns, nil
}

// refusal returns what the server said no with, or nil.
func refusal(err error) *pgconn.PgError {
	pg, _ := errors.AsType[*pgconn.PgError](err)
	return pg
}
