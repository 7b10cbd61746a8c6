# The commands of the house. `make test` is all that a change must pass.

.PHONY: demo test needs fmt web lint rust binary browser contract soak fuzz bench

export CARGO_INCREMENTAL ?= 0
# Published frames, trips and coordinates, where they lie beside the house: without them some tests say that they have not looked.
ifneq ($(wildcard ../shared/data/.),)
export ECD_TEST_DATA ?= $(abspath ../shared/data)
endif
# The house's own crates are looked at by clippy while they are compiled for the tests: checks of their own would compile every crate once more.
LINTED := RUSTC_WORKSPACE_WRAPPER="$(abspath scripts/linted)"
TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))

demo: ## A live street on this machine, nothing else needed.
	cargo run --release -- demo

test: needs fmt web rust browser ## Everything: format, clients, lints, both stores, the program killed and cut, the browser.
# `web` has just built the clients: the program takes them as they are.
test: export SKIP_WEB := 1

needs: ## Installs what the tests need where it is missing.
	scripts/needs

fmt:
	cargo fmt --all --check

lint: ## What clippy says, without building.
	cargo clippy --workspace --all-targets -- -D warnings

web: ## The web clients: types against the contract, words in both languages, rules, size.
	cd web && npm ci --no-progress
	cd web && npm run check

rust: ## Lints; rules, properties and promises on SQLite and on a real PostgreSQL; the program as it runs in a street, killed on purpose.
	$(LINTED) cargo test --workspace --all-targets --no-run
	$(LINTED) cargo test --workspace --lib --bins --tests

browser: ## The clients in Chromium against the program that the tests were built with, on a fresh street.
	$(LINTED) cargo test --workspace --all-targets --no-run
	cd web && ECD_BINARY="$(TARGET)/debug/eldercare-dispatch" npm run e2e

binary: ## The optimised program, killed and cut on purpose.
	cargo build --profile ci --bin eldercare-dispatch
	ECD_BINARY="$(TARGET)/ci/eldercare-dispatch" cargo test --test binary

soak: ## The full count of crash rounds; hours.
	cargo build --profile ci --bin eldercare-dispatch
	ECD_BINARY="$(TARGET)/ci/eldercare-dispatch" ECD_ROUNDS=50 ECD_PER_ROUND=1000 cargo test --test binary kill_9 -- --nocapture --test-threads 1
	ECD_BINARY="$(TARGET)/ci/eldercare-dispatch" ECD_UNTOLD_CASES=1000 ECD_UNTOLD_KILLS=10 cargo test --test binary untold -- --nocapture --test-threads 1

fuzz: ## Every decoder under made-up bytes, ten minutes each; ECD_FUZZ_SECONDS says otherwise.
	ECD_FUZZ_SECONDS=$${ECD_FUZZ_SECONDS:-600} cargo test --profile ci --test fuzz -- --nocapture

contract: ## Writes openapi.json and the web clients' types anew from the code.
	SKIP_WEB=1 cargo run --quiet -- openapi > openapi.json
	cd web && npm run gen

bench: ## Figures for docs/performance.md; wants a quiet machine.
	cargo bench --bench routing
	cargo bench --bench intake
	cargo bench --bench load
	cargo bench --bench register
