package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"text/tabwriter"
)

// unit says what a figure counts.
type unit string

const (
	seconds unit = "s"
	memory  unit = "bytes"
	trips   unit = "round trips"
	rate    unit = "bytes/s"
	times   unit = "times"
)

// write writes a figure as a person reads it.
func (u unit) write(v float64) string {
	switch {
	case u == seconds && v < 1:
		return significant(v*1e3) + " ms"
	case u == seconds:
		return significant(v) + " s"
	case u == memory:
		return significant(v/(1<<20)) + " MB"
	case u == rate:
		return significant(v/(1<<20)) + " MB/s"
	}
	return significant(v)
}

// significant writes v with three digits, or all of those before the point.
func significant(v float64) string {
	decimals := 2
	for limit := 10.0; v >= limit && decimals > 0; limit *= 10 {
		decimals--
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}

// sample is the figures of one contender, round by round.
type sample []float64

func (s sample) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}

// verdict says whether a limit holds.
type verdict string

const (
	holds    verdict = "ok"
	exceeded verdict = "OVER"
)

// row is one measurement.
type row struct {
	What   string  `json:"what"`
	Unit   unit    `json:"unit"`
	Ours   sample  `json:"ours"`
	Whose  string  `json:"whose,omitempty"` // who theirs are: "psql"
	Theirs sample  `json:"theirs,omitempty"`
	Ratio  float64 `json:"ratio,omitempty"` // median of ours to theirs, round by round
	Most   float64 `json:"most,omitempty"`  // the limit of our median, in the unit
	Worst  bool    `json:"worst,omitempty"` // the limit is that of the worst round instead
	Times  float64 `json:"times,omitempty"` // the limit of the ratio
	// Verdict is "" where there is no limit, or nobody to compare with.
	Verdict verdict `json:"verdict,omitempty"`
}

// report is everything that was measured.
type report struct {
	Machine string   `json:"machine"`
	Tools   []string `json:"tools"`
	Missing []string `json:"missing,omitempty"` // tools that would have been compared with
	Notes   []string `json:"notes,omitempty"`
	Rows    []row    `json:"rows"`
}

// add judges a row and keeps it.
func (r *report) add(row row) {
	if n := min(len(row.Ours), len(row.Theirs)); n > 0 {
		ratios := make(sample, n)
		for i := range n {
			ratios[i] = row.Ours[i] / row.Theirs[i]
		}
		row.Ratio = ratios.median()
	}
	figure := row.Ours.median()
	if row.Worst {
		figure = slices.Max(row.Ours)
	}
	switch {
	case row.Most > 0 && figure > row.Most, row.Times > 0 && row.Ratio > row.Times:
		row.Verdict = exceeded
	case row.Most > 0, row.Times > 0 && row.Ratio > 0:
		row.Verdict = holds
	}
	r.Rows = append(r.Rows, row)
}

func (r *report) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// over reports whether a limit was exceeded.
func (r *report) over() bool {
	return slices.ContainsFunc(r.Rows, func(row row) bool { return row.Verdict == exceeded })
}

func (r *report) json(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// table writes the report for a person: medians, with the least and the most of the rounds behind them.
func (r *report) table(w io.Writer) error {
	fmt.Fprintf(w, "%s\n", r.Machine)
	for _, tool := range r.Tools {
		fmt.Fprintf(w, "%s\n", tool)
	}
	for _, name := range r.Missing {
		fmt.Fprintf(w, "%s is not installed: not compared with\n", name)
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\tours\ttheirs\tratio\tlimit\tverdict")
	for _, row := range r.Rows {
		theirs, ratio, limit := "", "", ""
		if len(row.Theirs) > 0 {
			theirs = row.Unit.write(row.Theirs.median()) + " " + row.Whose
			ratio = significant(row.Ratio)
		}
		switch {
		case row.Times > 0:
			limit = significant(row.Times) + " times"
		case row.Worst:
			limit = row.Unit.write(row.Most) + " at worst"
		case row.Most > 0:
			limit = row.Unit.write(row.Most)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", row.What, row.spread(), theirs, ratio, limit, row.Verdict)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(r.Notes) > 0 {
		fmt.Fprintln(w)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(w, "%s\n", note)
	}
	return nil
}

// spread writes our median with the least and the most.
func (row row) spread() string {
	text := row.Unit.write(row.Ours.median())
	if len(row.Ours) > 1 {
		text += fmt.Sprintf(" (%s to %s)", row.Unit.write(slices.Min(row.Ours)), row.Unit.write(slices.Max(row.Ours)))
	}
	return text
}
