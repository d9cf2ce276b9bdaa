# Every target sets up what it needs in .venv; a second run starts at once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable

.PHONY: demo test test-all lint bench clean

# Every solver on 10 paper-size instances, then the leaderboard: minutes.
demo: $(VENV)/.ready
	$(BIN)/aigcbench run demo --store demo/demo.sqlite
	$(BIN)/aigcbench leaderboard --store demo/demo.sqlite --out demo

# Style, types and the default tests.
test: lint
	$(BIN)/python -m pytest

# The heavy tests too; this is what CI runs.
test-all: lint
	$(BIN)/python -m pytest -m ""

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Speed of simulators, decisions and checkers.
bench: $(VENV)/.ready-dev
	$(BIN)/python -m pytest benchmarks --benchmark-only

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("aigcbench needs Python 3.11 or newer, e.g.: make demo PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(INSTALL) .
	touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	$(INSTALL) '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
