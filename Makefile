# The commands of the house. `make test` is all that a change must pass.

.PHONY: demo test needs fmt web lint rust binary browser contract soak fuzz bench

export CARGO_INCREMENTAL ?= 0
CI_BINARY := $(or $(CARGO_TARGET_DIR),target)/ci/eldercare-dispatch

demo: ## A live street on this machine, nothing else needed.
	cargo run --release -- demo

test: needs fmt web lint rust binary browser ## Everything: format, clients, lints, both stores, the built binary, the browser.

needs: ## Installs what the tests need where it is missing.
	scripts/needs

fmt:
	cargo fmt --all --check

lint:
	cargo clippy --workspace --all-targets -- -D warnings

web: ## The web clients: types against the contract, words in both languages, rules, size.
	cd web && npm ci --no-progress
	cd web && npm run check

browser: ## The clients in Chromium against the built binary on a fresh street.
	cargo build --profile ci --bin eldercare-dispatch
	cd web && ECD_BINARY="$(abspath $(CI_BINARY))" npm run e2e

rust: ## Rules, properties and promises, on SQLite and on a real PostgreSQL.
	cargo test --workspace

binary: ## The binary as it runs in a street, killed and cut on purpose.
	cargo build --profile ci --bin eldercare-dispatch
	ECD_BINARY="$(abspath $(CI_BINARY))" cargo test --test binary

soak: ## The full count of crash rounds; hours.
	cargo build --profile ci --bin eldercare-dispatch
	ECD_BINARY="$(abspath $(CI_BINARY))" ECD_ROUNDS=50 ECD_PER_ROUND=1000 cargo test --test binary kill_9 -- --nocapture --test-threads 1
	ECD_BINARY="$(abspath $(CI_BINARY))" ECD_UNTOLD_CASES=1000 ECD_UNTOLD_KILLS=10 cargo test --test binary untold -- --nocapture --test-threads 1

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
