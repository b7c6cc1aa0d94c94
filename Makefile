# Everything that is done with Rialto starts here: `make` lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
SHARED := ../shared

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test lint format schema lock wheel bench soak clean

help: ## List the commands
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## Set up everything that `make run` needs, and nothing twice
	@$(BIN)/python -m frontend.build

run: setup ## Start the demonstration exchange on http://127.0.0.1:8000
	@RIALTO_DEMO=$${RIALTO_DEMO:-1} RIALTO_MIGRATE=$${RIALTO_MIGRATE:-1} exec $(BIN)/rialto serve

setup-dev: $(VENV)/.installed-dev
	@$(BIN)/python -m frontend.build

test: setup-dev ## Run all tests
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --durations=15

lint: $(VENV)/.installed-dev ## Check style, types, the direction of imports, and the public contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict backend/money.py backend/engine backend/sequencer
	$(BIN)/lint-imports
	$(BIN)/python -m tests.contract $(SHARED)

format: $(VENV)/.installed-dev ## Put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: $(VENV)/.installed-dev ## Export the GraphQL schema
	$(BIN)/rialto schema > schema.graphql

bench: setup-dev ## Measure, as ratios to baselines of the same run
	$(BIN)/python -m tests.bench

soak: setup-dev ## The long tests: a million random commands, the outside judge's campaigns, the terminal under load
	RIALTO_SOAK=1 $(BIN)/python -m pytest -q tests/property tests/conformance tests/soak

wheel: setup-dev ## Build the wheel, with the compiled site and the migrations in it
	rm -rf dist
	$(BIN)/python -m hatchling build -t wheel

lock: $(VENV)/.installed ## Resolve the newest versions that fit into the lock files
	$(BIN)/uv pip compile pyproject.toml --group build --universal --python-version 3.11 --upgrade --quiet \
		--generate-hashes --no-emit-index-url --custom-compile-command "make lock" -o deploy/requirements.txt
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --upgrade --quiet \
		--generate-hashes --no-emit-index-url --custom-compile-command "make lock" -o deploy/requirements-dev.txt
	$(BIN)/python -m frontend.build --update-lock

clean: ## Remove what was set up and built; the data stays
	rm -rf $(VENV) .web build dist frontend/site .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

$(VENV)/.created:
	@echo "Making the virtual environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Rialto needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another: make setup PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "Python's venv is missing. On Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(VENV)/.installed: $(VENV)/.created deploy/requirements.txt pyproject.toml
	@echo "Installing the locked dependencies"
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r deploy/requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q backend frontend migrations rxconfig.py
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed deploy/requirements-dev.txt
	@echo "Installing what the tests need"
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r deploy/requirements-dev.txt
	@touch $@
