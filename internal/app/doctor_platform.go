package app

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/management"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target/api"
)

// platformSeen is what the platform says of a project, as far as the token may ask.
type platformSeen struct {
	refused *finding.Finding    // why it says nothing
	project *management.Project // nil where the token may not see it
	keys    []management.Key
	health  []management.Health
	lacks   []string // permissions that the token is short of
	failed  []error  // what else went wrong
}

// services are those of a project whose health is asked for.
const services = "auth,db,pooler,realtime,rest,storage"

// askPlatform asks for everything that the token may read and that cairn wants to know at one time or another. One
// question comes first: where the token is not accepted no other is asked.
func (e *examination) askPlatform(ctx context.Context) *platformSeen {
	seen := &platformSeen{}
	h := e.hosted
	if h.client == nil {
		return seen
	}
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	found, err := h.client.Project(ctx, h.ref)
	switch lacks := management.Lacks(err); {
	case err == nil:
		seen.project = &found
		e.refusal = finding.As(api.Awake(found.Status, h.label))
	case lacks != "":
		seen.lacks = append(seen.lacks, lacks)
	default:
		if seen.refused = finding.As(h.told(err, h.ref)); seen.refused == nil {
			seen.refused = &finding.Finding{Code: finding.Unreached, Message: "the Management API did not answer in time", Hint: "run this again in a moment"}
		}
		return seen
	}
	var locked bool
	questions := []func() error{
		func() (err error) { locked, err = h.client.ReadOnly(ctx, h.ref); return err },
		func() (err error) { seen.keys, err = h.client.Keys(ctx, h.ref); return err },
		func() (err error) { seen.health, err = h.client.Health(ctx, h.ref, services); return err },
		func() error {
			schemas, err := h.client.Served(ctx, h.ref)
			if err == nil {
				e.served = schemas
			}
			return err
		},
		func() error { _, err := h.client.Poolers(ctx, h.ref); return err },
	}
	if e.refusal == nil {
		questions = append(questions,
			func() error { _, err := h.client.Migrations(ctx, h.ref); return err },
			func() error { _, err := h.client.Query(ctx, h.ref, "select 1", true); return err })
	}
	answers := make([]error, len(questions))
	var all sync.WaitGroup
	for i, ask := range questions {
		all.Go(func() { answers[i] = ask() })
	}
	all.Wait()
	for _, err := range answers {
		switch lacks := management.Lacks(err); {
		case lacks != "" && !slices.Contains(seen.lacks, lacks):
			seen.lacks = append(seen.lacks, lacks)
		case lacks == "" && err != nil:
			seen.failed = append(seen.failed, err)
		}
	}
	if locked && e.refusal == nil {
		e.refusal = api.Locked(h.label)
	}
	return seen
}

// checks are what the platform's answers come to.
func (seen *platformSeen) checks(e *examination) []DoctorCheck {
	return []DoctorCheck{seen.state(e), seen.token(e.hosted), seen.services(e)}
}

// state is how it is with the project as a whole.
func (seen *platformSeen) state(e *examination) DoctorCheck {
	switch {
	case e.refusal != nil:
		return findingCheck("project", CheckProblem, e.refusal)
	case seen.project == nil:
		return DoctorCheck{}
	}
	return DoctorCheck{Check: "project", State: CheckOK, Found: strings.Join(slices.DeleteFunc([]string{
		"awake and writable", "Postgres " + seen.project.Database.Version, seen.project.Region,
	}, func(s string) bool { return s == "" || s == "Postgres " }), ", ")}
}

// token is what the access token is good for.
func (seen *platformSeen) token(h *remoteProject) DoctorCheck {
	tokens := cmp.Or(h.profile.Tokens(), "the dashboard, under Account > Access Tokens")
	c := DoctorCheck{Check: "access token", State: CheckOK}
	switch {
	case seen.refused != nil && seen.refused.Code == finding.AuthFailed:
		return findingCheck(c.Check, CheckProblem, seen.refused)
	case seen.refused != nil:
		return findingCheck(c.Check, CheckUnknown, seen.refused)
	case h.client == nil:
		c.State, c.Code, c.Found = CheckWarning, finding.BadToken, "there is none: what the platform knows is not looked at"
		c.Do = "`cairn login`, or set SUPABASE_ACCESS_TOKEN; tokens are made at " + tokens
	case len(seen.lacks) > 0:
		c.State, c.Code, c.Found = CheckWarning, finding.TokenFallsShort, "the one from "+h.token.From+" is short of "+count(len(seen.lacks), "permission")
		for _, l := range seen.lacks {
			c.Objects = append(c.Objects, strings.TrimPrefix(l, "the permission "))
		}
		slices.Sort(c.Objects)
		c.Do = "give them to the token at " + tokens + ", for this project and its organization; without them cairn does what the others allow"
	case len(seen.failed) > 0:
		c = errorCheck(c.Check, h.told(seen.failed[0], h.ref))
	default:
		c.Found = "from " + h.token.From + ", may do all that cairn asks for"
	}
	return c
}

// services is how the services of the project are.
func (seen *platformSeen) services(e *examination) DoctorCheck {
	if len(seen.health) == 0 || e.refusal != nil && e.refusal.Code == finding.ProjectAsleep {
		return DoctorCheck{}
	}
	c := DoctorCheck{Check: "services", State: CheckOK}
	var names []string
	for _, one := range seen.health {
		names = append(names, one.Name)
		if one.Healthy {
			continue
		}
		c.Objects = append(c.Objects, one.Name+": "+cmp.Or(one.Error, one.Status))
		if one.Name == "db" {
			c.State = CheckProblem
		} else if c.State == CheckOK {
			c.State = CheckWarning
		}
	}
	if len(c.Objects) == 0 {
		c.Found = strings.Join(names, ", ") + " are well"
		return c
	}
	c.Code, c.Found, c.Do = finding.Unhealthy, count(len(c.Objects), "service")+" not well, the platform says", "look at the project in the dashboard, and at the platform's status page"
	return c
}

// tryDataAPI tries the data API with the key of the role service_role.
func (e *examination) tryDataAPI(ctx context.Context, w *DoctorWay) {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	data := e.dataAPI()
	w.At = data.URL
	switch {
	case e.refusal != nil && e.refusal.Code == finding.ProjectAsleep:
		w.skip(e.refusal.Message, e.refusal.Hint)
	case data.Key.IsZero():
		w.skip("its secret key is not known", "nothing has to be done for migrations; SUPABASE_SERVICE_ROLE_KEY, or a token that may reveal keys, lets it be tried")
	default:
		offer, err := data.Ask(ctx)
		if err != nil {
			w.fails(err)
			return
		}
		w.State = WayWorks
		w.Runs = fmt.Sprintf("the rows of %s and %s: no DDL, so no migration", count(offer.Relations, "relation"), count(offer.Functions, "function"))
	}
}

// dataAPI is the project's data API, and the key to it: what the environment or an .env file says, else what the platform
// says. The platform's key goes to the project's own address, or to this machine, and nowhere else.
func (e *examination) dataAPI() *management.DataAPI {
	h := e.hosted
	data := &management.DataAPI{URL: "https://" + h.ref + "." + h.profile.ProjectHost, Version: cmp.Or(e.app.Build.Version, "devel")}
	given := strings.TrimRight(e.project.Env.Get("SUPABASE_URL"), "/")
	switch {
	case given == "":
		data.Key = secret.New(e.project.Env.Get("SUPABASE_SERVICE_ROLE_KEY"))
	case h.isOwn(given):
		data.URL, data.Key = given, secret.New(e.project.Env.Get("SUPABASE_SERVICE_ROLE_KEY"))
		if project.Ref(given) != h.ref && !onThisMachine(given) {
			return data
		}
	}
	if data.Key.IsZero() {
		data.Key = e.platform.secretKey()
	}
	return data
}

// isOwn reports whether a URL may be that of the project: no other project's, and of this machine only where the platform is
// on it too, since a local stack is no project. A key goes over no open wire.
func (h *remoteProject) isOwn(text string) bool {
	u, err := url.Parse(text)
	ref := project.Ref(text)
	return err == nil && u.User == nil && (ref == "" || ref == h.ref) &&
		onThisMachine(text) == onThisMachine(h.profile.APIURL) && (u.Scheme == "https" || onThisMachine(text))
}

// secretKey is the key of the role service_role, as far as the platform reveals it; else zero.
func (seen *platformSeen) secretKey() secret.String {
	for _, k := range seen.keys {
		hidden := strings.ContainsFunc(k.Key.Reveal(), func(r rune) bool { return r > '~' }) // "sb_secret_abc···"
		if (k.Type == "secret" || k.Name == "service_role") && !k.Key.IsZero() && !hidden {
			return k.Key
		}
	}
	return secret.String{}
}

// onThisMachine reports whether a URL's host is written as one of this machine.
func onThisMachine(text string) bool {
	u, err := url.Parse(text)
	return err == nil && nearAddress(u.Hostname())
}
