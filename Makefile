.DEFAULT_GOAL := help
SHELL := /usr/bin/env bash

GO    ?= go
TOOLS := $(GO) tool -modfile=tools.mod

# A package's tests run one after the other on machines with few cores; the servers they start are the cost.
TESTFLAGS ?= -timeout 20m

.PHONY: help build test deps lint unit faults states bench corpus soak fuzz clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## bin/cairn
	$(GO) build -trimpath -o bin/cairn ./cmd/cairn

test: deps lint unit faults states ## everything that has to pass; installs what it needs

deps: ## what the tests need beyond Go, gcc and npm
	@scripts/test-deps

lint: ## gofumpt, vet, staticcheck
	@out=$$($(TOOLS) gofumpt -l $$(git ls-files -co --exclude-standard '*.go')); \
	if [ -n "$$out" ]; then echo "gofumpt would change:"; echo "$$out"; exit 1; fi
	$(GO) vet ./...
	$(TOOLS) staticcheck ./...

unit: ## go test ./...
	$(GO) test $(TESTFLAGS) ./...

faults: ## the fault sweeps, in full: every message, direct and through PgBouncer
	$(GO) test -count=1 -timeout 20m -run '^TestSweep' ./internal/apply/ -sweep=full

states: ## what every case of every kind holds, through a dump and through files
	$(GO) test -count=1 -timeout 20m ./internal/dump ./internal/declarative -run '^TestRoundTrip$$' -whole

bench: build ## the numbers, as ratios against psql and what else is installed
	$(GO) run ./internal/bench -cairn bin/cairn

corpus: build ## how many histories replay below the folder CORPUS; round trips of Postgres' own tests, with POSTGRES=source
	$(GO) run ./internal/corpus -cairn bin/cairn -postgres "$(POSTGRES)" -library "$(LIBRARY)" $(CORPUS)

SOAK ?= 30m
soak: ## the long versions of the sweeps and of the fuzzers
	$(GO) test -count=1 -timeout 120m -run '^TestSweep|^TestSoak' ./internal/apply/ -sweep=soak
	$(GO) test -count=1 -timeout 60m ./internal/blackbox -large
	$(GO) test -count=1 -timeout 30m -v -run '^TestMutations$$' ./internal/replay/ -mutations=500
	$(GO) test -count=1 -timeout 60m ./internal/kinds ./internal/kinds/securitylabel ./internal/dump ./internal/declarative -everywhere
	$(GO) test -count=1 -timeout 120m -run '^TestRandom$$' ./internal/kindtest/ -soak=$(SOAK)
	$(MAKE) fuzz FUZZTIME=10m

FUZZTIME ?= 1m
fuzz: ## each fuzz target for FUZZTIME
	@for f in $$(grep -rl --include='*_test.go' '^func Fuzz' internal); do \
		for t in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\).*/\1/p' $$f); do \
			$(GO) test -run '^$$' -fuzz "^$$t$$" -fuzztime $(FUZZTIME) ./$$(dirname $$f)/ || exit 1; \
		done; done

clean: ## what the build made
	rm -rf bin
