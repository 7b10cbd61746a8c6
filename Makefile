# The commands of the house. `make test` is all that a change must pass.

.PHONY: demo test needs fmt lint rust binary soak bench

export CARGO_INCREMENTAL ?= 0
CI_BINARY := $(or $(CARGO_TARGET_DIR),target)/ci/eldercare-dispatch

demo: ## A live street on this machine, nothing else needed.
	cargo run --release -- demo

test: needs fmt lint rust binary ## Everything: format, lints, both stores, the built binary.

needs: ## Installs what the tests need where it is missing.
	scripts/needs

fmt:
	cargo fmt --all --check

lint:
	cargo clippy --workspace --all-targets -- -D warnings

rust: ## Rules, properties and promises, on SQLite and on a real PostgreSQL.
	cargo test --workspace

binary: ## The binary as it runs in a street, killed and cut on purpose.
	cargo build --profile ci --bin eldercare-dispatch
	ECD_BINARY="$(abspath $(CI_BINARY))" cargo test --test binary

soak: ## The full count of crash rounds; hours.
	cargo build --profile ci --bin eldercare-dispatch
	ECD_BINARY="$(abspath $(CI_BINARY))" ECD_ROUNDS=50 ECD_PER_ROUND=1000 cargo test --test binary kill_9 -- --nocapture --test-threads 1

bench: ## Figures for docs/performance.md; wants a quiet machine.
	cargo bench --bench routing
	cargo bench --bench intake
	cargo bench --bench load
	cargo bench --bench register
