# Every target does its own set-up. `make demo` and `make test` need Python 3.10 or newer and no root.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# .NOTPARALLEL: the site tests and the benchmarks measure or restart shared services
.NOTPARALLEL:
.PHONY: help demo test lint format unit site-test site bench clean

help:
	@echo "make demo       rank and check a made-up order book; needs no ERPNext"
	@echo "make test       lint, unit tests, and site tests where a bench is found"
	@echo "make site       a whole local ERPNext with CRM O2C and demo data"
	@echo "make bench      the figures the project promises"
	@echo "make format     format Python and JavaScript"
	@echo "                more in docs/development.md"

demo: $(VENV)/.installed
	$(BIN)/crm-o2c demo

test: lint unit site-test

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	tools/lint_js.sh check

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	tools/lint_js.sh format

unit: $(VENV)/.dev
	$(BIN)/python -m pytest -q tests/unit

site-test: $(VENV)/.dev
	$(BIN)/python tools/site_tests.py -q

site:
	tools/make_site.sh

bench: $(VENV)/.dev
	$(BIN)/python tools/run_benchmarks.py

clean:
	rm -rf $(VENV) tools/js/node_modules build dist .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
		|| { echo "CRM O2C needs Python 3.10 or newer; name one: make PYTHON=/path/to/python3 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.installed
