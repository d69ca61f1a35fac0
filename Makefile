# `make` lists the targets. Logic that is longer than a line lives in scripts/.

.DEFAULT_GOAL := help
.PHONY: help check test conformance demo safety bench bench-plan model mutants schedules torture fuzz etcd lint-tool

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

check: ## format, vet, tidy, lint, import rules, unit tests with the race detector; no servers, under two minutes
	@scripts/check.sh

test: ## every test, against real servers; builds the etcd server when it is missing
	@scripts/test.sh

conformance: ## every clause of the store contract on every store, as a table
	@scripts/conformance.sh

demo: ## processes on a real store (BACKEND=name, address or all): kill, freeze, cut off and add workers, and prove that no line was lost
	@scripts/demo.sh

safety: ## silent networks, stopped processes and killed servers on a real etcd: who stops first? under four minutes
	@scripts/build-tool.sh etcd >/dev/null
	@go run ./internal/safety

bench: ## figures on a real etcd, as ratios to what is measured beside them; under four minutes
	@scripts/build-tool.sh etcd >/dev/null
	@go run ./internal/bench

bench-plan: ## the planner beside sorting and beside public Kafka clients: speed, memory, moves; under four minutes
	@cd tools/planbench && GOWORK=off go run .

model: ## every behaviour of two nodes and of the trust window, by the functions that the library runs; broken variants must break; under five minutes
	@go run ./internal/model/cmd

mutants: ## deliberately wrong versions of the library, each caught by a named test; under ten minutes
	@go run ./internal/mutants/cmd

fuzz: ## every fuzz target for SECONDS each, 10 unless given: decoders, keys, traces, planners
	@scripts/fuzz.sh $(or $(SECONDS),10)

schedules: ## 2,000 random schedules of faults in virtual time, on the library and on a user's worker
	@TENURE_SEEDS=2000 go test -count=1 -timeout 20m -run '^(TestSchedules|TestCheck_ACorrectWorkerPasses)$$' ./internal/sim ./tenuretest

torture: ## real processes and faults on a real store, a log that sees all, a verdict: BACKEND=etcd SECONDS=60 SEED=n CASE=mix|list
	@scripts/torture.sh "$(or $(BACKEND),etcd)" -seconds "$(or $(SECONDS),60)" -seed "$(or $(SEED),0)" -case "$(or $(CASE),mix)"

etcd: ## build the pinned etcd server into the user's cache directory
	@scripts/build-tool.sh etcd

lint-tool: ## build the pinned linter into the user's cache directory
	@scripts/build-tool.sh lint
