# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3.11
VENV   ?= .venv
BIN    := $(VENV)/bin
PORT   ?= 8000
CATALOGUES := $(shell find src -name '*.po')

.DEFAULT_GOAL := help
.PHONY: help install dev demo serve test test-sqlite test-postgresql check messages format clean

help: ## say what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 18

$(VENV)/.made:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml scripts/hatch_build.py $(CATALOGUES)
	$(BIN)/python -m pip install --quiet --editable '.[site,learn]'
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[site,learn,catboost]' --group dev
	@touch $@

install: $(VENV)/.installed ## install the site into .venv

dev: $(VENV)/.dev ## and what tests and checks need

demo: install ## a made-up class with two labs and two competitions, at http://127.0.0.1:8000 (PORT=N)
	$(BIN)/seodang demo --port $(PORT)

serve: install ## an empty site; the terminal prints the key that makes the first account
	$(BIN)/seodang serve --port $(PORT)

test: check test-sqlite test-postgresql ## checks, then the tests on SQLite and, where there is one, on PostgreSQL

test-sqlite: dev
	$(BIN)/python scripts/test.py sqlite

test-postgresql: dev
	$(BIN)/python scripts/test.py postgresql

check: dev ## lint, types, import contracts, migrations, translations
	$(BIN)/ruff check src tests benchmarks scripts
	$(BIN)/ruff format --check src tests benchmarks scripts
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m django makemigrations --check --dry-run --settings seodang.site.config.settings
	$(BIN)/python scripts/messages.py check

messages: dev ## bring the Korean catalogues up to date with the sources, and compile them
	$(BIN)/python scripts/messages.py update

format: dev ## let ruff write the code's shape
	$(BIN)/ruff check --fix src tests benchmarks scripts
	$(BIN)/ruff format src tests benchmarks scripts

clean: ## take away what was made here
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
	find src -name '*.mo' -delete
