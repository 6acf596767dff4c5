package prove

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgdump"
	"github.com/cairndb/cairn/internal/planner"
)

// refused is the frame of a finding that a plan is not given out with.
func refused(code finding.Code, message, detail, hint string) *finding.Finding {
	return &finding.Finding{
		Code: code, Severity: finding.Error, Exit: finding.Refused, Message: message, Detail: detail, Hint: hint,
	}
}

// sides are both definitions of an object.
func sides(id catalog.ID, from, to *catalog.Catalog) string {
	return definition("from", from.Objects[id]) + "\n" + definition("to", to.Objects[id])
}

func definition(side string, o *catalog.Object) string {
	if o == nil {
		return side + ": nothing"
	}
	return side + ": " + planner.Define(o)
}

func stepFails(o Options, f *failure) *finding.Finding {
	if f.stranger != nil {
		return notOurs(f)
	}
	no := refused(finding.StepFails, "the plan fails on a copy of the database, at "+f.step.Object.String()+": "+f.err.PG.Message,
		strings.Join([]string{f.step.SQL, detail(f), sides(f.step.Object, o.From, o.To)}, "\n"), byHand)
	no.Cause = f.err
	return no
}

// detail is the server's own, with the code of its error.
func detail(f *failure) string {
	text := "SQLSTATE " + f.err.PG.Code
	if f.err.PG.Detail != "" {
		text += ": " + f.err.PG.Detail
	}
	return text
}

// byHand is what to do where a plan cannot be used.
const byHand = "write this change by hand; and report it: a plan that fails is a mistake of cairn's"

// fallsShort is a finding for each object that is not what was wanted.
func fallsShort(all []catalog.Change, planning error) []*finding.Finding {
	var findings []*finding.Finding
	for _, c := range all {
		message := fmt.Sprintf("the plan does not lead to %s as it is wanted", c.ID())
		if c.To == nil {
			message = fmt.Sprintf("the plan leaves %s, which is not wanted", c.ID())
		}
		text := definition("is", c.From) + "\n" + definition("wanted", c.To)
		if len(c.Attrs) > 0 {
			text += "\ndiffers in " + strings.Join(c.Attrs, ", ")
			for _, attr := range c.Attrs {
				text += fmt.Sprintf("\n  %s: is %s, wanted %s", attr, orNothing(c.From, attr), orNothing(c.To, attr))
			}
		}
		if planning != nil {
			text += "\n" + planning.Error()
		}
		f := refused(finding.PlanFallsShort, message, text, byHand)
		f.Cause = planning
		findings = append(findings, f)
	}
	return findings
}

func orNothing(o *catalog.Object, attr string) string {
	if raw := o.Attrs.Raw(attr); raw != nil {
		return string(raw)
	}
	return "nothing"
}

func notEmpty(again *planner.Plan, err error) *finding.Finding {
	text := ""
	if err != nil {
		text = err.Error()
	} else {
		text = again.SQL()
	}
	return refused(finding.PlanFallsShort, "the catalogs are equal after the plan, and a second plan is not empty", text, byHand)
}

func judgeDiffers(tool *pgdump.Tool, more, missing []string) *finding.Finding {
	var b strings.Builder
	for _, s := range more {
		b.WriteString("is:     " + s + ";\n")
	}
	for _, s := range missing {
		b.WriteString("wanted: " + s + ";\n")
	}
	return refused(finding.JudgeDiffers, "the plan leads to another schema than the one wanted, says pg_dump "+tool.Version+", and the catalogs do not see it",
		strings.TrimSpace(b.String()), "write this change by hand; and report it: cairn does not know of a property that pg_dump knows")
}

func judgeSilent(err error) *finding.Finding {
	return &finding.Finding{
		Code: finding.JudgeSilent, Severity: finding.Warning, Cause: err,
		Message: "pg_dump could not be asked whether the plan leads to what is wanted: the catalog is the only judge", Detail: err.Error(),
	}
}

func failureUntold(o Options, f *failure) *finding.Finding {
	return &finding.Finding{
		Code: finding.FailureUntold, Severity: finding.Warning, Cause: f.err,
		Message: fmt.Sprintf("a step fails where there are rows, and does not say so: %s: %s", f.step.Object, f.err.PG.Message),
		Detail:  f.step.SQL + "\n" + detail(f) + "\n" + sides(f.step.Object, o.From, o.To),
		Hint:    "the rows were made up; look whether yours may be like them",
	}
}

func untoldRewrites(all []Rewrite, plan *planner.Plan) []*finding.Finding {
	var findings []*finding.Finding
	for _, r := range all {
		step := plan.Steps[r.Step]
		if declares(step, catalog.Rewrite) {
			continue
		}
		findings = append(findings, &finding.Finding{
			Code: finding.RewriteUntold, Severity: finding.Warning,
			Message: fmt.Sprintf("every row of %s is written anew, and the plan does not say so", r.Relation), Detail: step.SQL,
			Hint: "nobody reads or writes the table meanwhile: run it when that does no harm",
		})
	}
	return findings
}

// untoldLosses are the losses that no step declares of the table, or of the column.
func untoldLosses(from *catalog.Catalog, losses []Loss, plan *planner.Plan) []*finding.Finding {
	var findings []*finding.Finding
	for _, l := range losses {
		if from.HoldsObjects(l.Relation) || l.declared(from, plan) { // the rows of some tables are objects by themselves
			continue
		}
		what := fmt.Sprintf("%s had %d rows, and has %d after the plan; no step says so", l.Relation, l.Had, l.Has)
		if l.Column != "" {
			what = fmt.Sprintf("the column %s of %s held %d values, and holds %d after the plan; no step says so", l.Column, l.Relation, l.Had, l.Has)
		}
		findings = append(findings, refused(finding.LossUntold, what, "", byHand))
	}
	return findings
}

// declared reports whether a step says that the rows are lost, or the column's values, under whatever name they are by then.
func (l Loss) declared(from *catalog.Catalog, plan *planner.Plan) bool {
	of, column := l.table.id(from), catalog.Path(l.Column)
	above := from.Above(of)
	for _, s := range plan.Steps {
		is := func(id catalog.ID) bool { return l.Column != "" && strings.HasSuffix(id.Path, "."+column) }
		switch {
		case s.Was != (catalog.ID{}) && s.Was == of:
			of = s.Object
		case s.Was != (catalog.ID{}) && s.Group == of && is(s.Was):
			column = s.Object.Path[strings.LastIndex(s.Was.Path, "."+column)+1:]
		case declares(s, catalog.Loss) && (s.Group == of || slices.Contains(above, s.Group)) && (l.Column == "" || s.Object == s.Group || is(s.Object)):
			return true
		case declares(s, catalog.Loss) && makes(from, s.Object, of):
			return true
		}
	}
	return false
}

// makes reports whether an object brings another one with it, a queue its tables.
func makes(c *catalog.Catalog, id, other catalog.ID) bool {
	o := c.Objects[id]
	if o == nil || c.Kind(o.Kind).Makes == nil {
		return false
	}
	return slices.ContainsFunc(c.Kind(o.Kind).Makes(o), func(m *catalog.Object) bool { return m.ID == other })
}
