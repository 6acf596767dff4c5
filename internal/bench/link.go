package main

import (
	"context"
	"fmt"
	"time"

	"github.com/cairndb/cairn/internal/faulttest"
)

// oneWay is how long the slow link takes in each direction.
const oneWay = 15 * time.Millisecond

// link measures round trips: over a link of 30 ms they are what a push takes. The whole process counts, so that
// connecting and the run's own bookkeeping, which happen once, are shared out among the files.
func (b *bench) link(ctx context.Context) error {
	const n = 100
	dir, err := b.project(n)
	if err != nil {
		return err
	}
	counted := map[string]sample{}
	contenders := []contender{
		b.linked("cairn", counted, func(url string) program { return b.command("db", "push", "--workdir", dir, "--db-url", url) }),
		b.linked("chain", counted, func(url string) program {
			return b.command("db", "push", "--chain", "--workdir", dir, "--db-url", url)
		}),
	}
	took, err := b.race(ctx, b.rounds, contenders...)
	if err != nil {
		return err
	}
	for _, c := range []struct {
		name, flag string
		most       float64
	}{{"cairn", "", 2.3}, {"chain", " --chain", 1.2}} {
		times := make(sample, len(took[c.name]))
		counts := make(sample, len(counted[c.name]))
		for i, u := range took[c.name] {
			times[i] = float64(u.Wall) / float64(2*oneWay) / n
			counts[i] = counted[c.name][i] / n
		}
		what := fmt.Sprintf("db push%s, %d files over 30 ms: ", c.flag, n)
		b.report.add(row{What: what + "round trips a file", Unit: trips, Ours: counts, Most: c.most})
		b.report.add(row{What: what + "time a file, in round trips", Unit: trips, Ours: times, Most: c.most})
	}
	return nil
}

// linked is a contender that reaches a fresh database over the slow link; its round trips are added to counted.
func (b *bench) linked(name string, counted map[string]sample, on func(url string) program) contender {
	return contender{name, func(ctx context.Context) (usage, error) {
		database, err := b.newDatabase(ctx)
		if err != nil {
			return usage{}, err
		}
		defer b.drop(database)
		proxy := faulttest.Start(scope{b: b}, b.tcp(database), faulttest.Options{Latency: oneWay})
		defer proxy.Close()
		u, err := on(proxy.URL()).run(ctx, b.dir)
		counted[name] = append(counted[name], float64(proxy.RoundTrips()))
		return u, err
	}}
}
