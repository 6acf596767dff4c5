// Package management speaks the platform's Management API: projects, keys, pooler settings, login roles, and SQL on a
// project's database (specs/cli.md §7).
package management

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/pause"
	"github.com/cairndb/cairn/internal/secret"
)

// Client asks one API in one person's name.
type Client struct {
	URL     string // "https://api.supabase.com"
	Token   secret.String
	Version string       // of cairn, for the User-Agent
	HTTP    *http.Client // nil is one of our own
	Limits  *Limits      // nil counts nothing
	Retries int          // how often a request that may be sent again is; 0 is defaultRetries, less is never
	Waiting func(why string, wait time.Duration)
}

const (
	// defaultRetries is as in the Supabase CLI: six requests at the most.
	defaultRetries = 5
	// Gateway is how long the platform's gateway waits for an answer before it gives up.
	Gateway = 60 * time.Second
	// answerLimit is the largest answer that is read, in bytes.
	answerLimit = 256 << 20
)

// request is one call of the API.
type request struct {
	method, path string
	name         string // of the endpoint, by which requests are counted
	body         any
	header       http.Header
	repeatable   bool          // it may be sent again after it may have been done
	wait         time.Duration // for an answer; 0 is Gateway and a little
}

// call sends a request and decodes the answer into to, which may be nil. The error is context.Canceled or an *Error.
func (c *Client) call(ctx context.Context, r request, to any) error {
	retries := c.Retries
	if retries == 0 {
		retries = defaultRetries
	}
	for n := 1; ; n++ {
		if err := c.Limits.wait(ctx, c.Token, r.name, c.Waiting); err != nil {
			return err
		}
		e := c.once(ctx, r, to)
		if e == nil {
			return nil
		}
		if ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled) && !e.Unknown {
			return context.Canceled
		}
		if n > retries || !e.again(r.repeatable) {
			return e
		}
		wait := e.After
		if wait == 0 {
			wait = min(500*time.Millisecond<<min(n-1, 6), 30*time.Second)
			wait += time.Duration(rand.Int64N(int64(wait)/4 + 1))
		}
		if wait > maxWait {
			return e
		}
		if c.Waiting != nil {
			c.Waiting(e.Error(), wait)
		}
		if err := pause.For(ctx, wait); err != nil {
			return err
		}
	}
}

// maxWait is the longest pause that the API may ask for and get: a window of its rate limits.
const maxWait = 3 * time.Minute

// once sends a request once.
func (c *Client) once(ctx context.Context, r request, to any) *Error {
	wait := r.wait
	if wait == 0 {
		wait = Gateway + 10*time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	var body io.Reader
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			return &Error{Method: r.method, Path: r.path, Cause: err}
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, c.URL+r.path, body)
	if err != nil {
		return &Error{Method: r.method, Path: r.path, Cause: errors.New("the address cannot be used")}
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	req.Header.Set("Authorization", "Bearer "+c.Token.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "cairn/"+c.Version)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	// A body that cannot be read anew keeps the transport from sending the request again by itself on a connection that
	// broke: whether it may be, is for us to say.
	req.GetBody = nil
	answer, err := c.client().Do(req)
	if err != nil {
		return &Error{Method: r.method, Path: r.path, Cause: plain(err), Unknown: !unsent(err)}
	}
	defer func() { _ = answer.Body.Close() }()
	c.Limits.heard(c.Token, r.name, answer.Header)
	text, err := io.ReadAll(io.LimitReader(answer.Body, answerLimit))
	if err != nil {
		return &Error{Method: r.method, Path: r.path, Status: answer.StatusCode, Cause: plain(err), Unknown: true}
	}
	if answer.StatusCode/100 != 2 {
		return refused(r, answer, text)
	}
	if to == nil {
		return nil
	}
	if err := json.Unmarshal(text, to); err != nil {
		return &Error{
			Method: r.method, Path: r.path, Status: answer.StatusCode, Unknown: true, Cause: errors.New("the answer is no complete JSON"),
			Message: excerpt(answer.Header.Get("Content-Type"), text),
		}
	}
	return nil
}

func (c *Client) client() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	// A redirect would carry the token elsewhere.
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// refused reads an answer that is no success.
func refused(r request, answer *http.Response, text []byte) *Error {
	e := &Error{Method: r.method, Path: r.path, Status: answer.StatusCode}
	var body struct {
		Message any `json:"message"`
	}
	err := json.Unmarshal(text, &body)
	switch m := body.Message.(type) {
	case string:
		e.Message = m
	case []any: // a list of what is wrong with the request
		var all []string
		for _, one := range m {
			all = append(all, fmt.Sprint(one))
		}
		e.Message = strings.Join(all, "; ")
	}
	if err != nil || e.Message == "" {
		e.Foreign = err != nil
		e.Message = excerpt(answer.Header.Get("Content-Type"), text)
	}
	if answer.StatusCode == http.StatusTooManyRequests {
		e.After = after(answer.Header)
	}
	// An answer of the API itself about SQL is the last word. A gateway knows nothing of what became of the request.
	e.Unknown = answer.StatusCode >= 500 && !strings.HasPrefix(e.Message, sqlFailed) || answer.StatusCode == http.StatusRequestTimeout
	return e
}

// after is how long a 429 asks to wait; 0 where it does not say.
func after(h http.Header) time.Duration {
	for _, name := range []string{"Retry-After", "X-RateLimit-Reset"} {
		text := h.Get(name)
		if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds >= 0 {
			return time.Duration(seconds*float64(time.Second)) + 50*time.Millisecond
		}
		if at, err := http.ParseTime(text); err == nil {
			return max(time.Until(at), 50*time.Millisecond)
		}
	}
	return 0
}

// excerpt shows what an answer begins with that has no message.
func excerpt(contentType string, text []byte) string {
	line := strings.Join(strings.Fields(strings.ToValidUTF8(string(text[:min(len(text), 2000)]), "\ufffd")), " ")
	if strings.Contains(contentType, "html") || strings.HasPrefix(line, "<") {
		kind := "a web page"
		if _, rest, ok := strings.Cut(line, "<title>"); ok {
			title, _, _ := strings.Cut(rest, "</title>")
			kind += " titled " + strconv.Quote(title[:min(len(title), 120)])
		}
		return kind + " in place of JSON"
	}
	if line == "" {
		return "an empty answer"
	}
	if runes := []rune(line); len(runes) > 200 {
		line = string(runes[:200]) + " …"
	}
	return line
}

// plain takes the address off an error of the transport, which may be long and tells nothing new.
func plain(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
