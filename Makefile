# Every target sets up what it needs in .venv; a second run starts at once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable

.PHONY: demo test test-all lint bench docs frozen clean

# 34 solvers on 12 paper-size instances of four formulations, then the leaderboard: minutes.
demo: $(VENV)/.ready
	$(BIN)/aigcbench run demo --store demo/demo.sqlite
	$(BIN)/aigcbench run demo-learned --store demo/demo.sqlite
	$(BIN)/aigcbench leaderboard --store demo/demo.sqlite --out demo

# Style, types and the default tests. Those of the harness and of the verbs count processes, and so run alone; of the others a
# file's tests stay in one process, which compiles what they share once.
PYTEST := $(BIN)/python -m pytest
ALONE := tests/harness tests/cli
test: lint
	$(PYTEST) $(ALONE)
	$(PYTEST) --numprocesses auto --maxprocesses 4 --dist loadfile $(ALONE:%=--ignore=%)

# The heavy tests too; this is what CI runs.
test-all: test
	$(PYTEST) -m heavy

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Speed of simulators, decisions and checkers.
bench: $(VENV)/.ready-dev
	$(BIN)/python -m pytest benchmarks --benchmark-only

# The documentation as web pages: docs/_build/html/index.html.
docs: $(VENV)/.ready-dev
	$(BIN)/python -m sphinx -q docs docs/_build/html

# The frozen instances (test seeds 0 to 4) and their checksums; a file whose instance is right stays as it is.
FROZEN := $(foreach size,tiny paper mixed stress2 stress3,assignment/asp-$(size) assignment/orchestration-$(size)) \
	$(addprefix offloading/,tiny paper light25) $(addprefix caching/,tiny paper mixed users-18) \
	$(addprefix flow/,tiny paper mixed x2 x3 x4)
frozen: $(VENV)/.ready
	set -e; for scenario in $(FROZEN); do $(BIN)/aigcbench generate $$scenario --seed 0 --count 5 --tree --out instances/frozen; done
	cd instances && find frozen -name '*.json.gz' | LC_ALL=C sort | xargs sha256sum > SHA256SUMS

# The published leaderboard from its committed submissions, offline: everything is scored anew, then shown. Same bytes each time.
leaderboard: $(VENV)/.ready
	rm -rf leaderboard/site leaderboard/leaderboard.sqlite
	$(BIN)/aigcbench verify leaderboard/submissions/* --bounds leaderboard/bounds.csv --store leaderboard/leaderboard.sqlite
	$(BIN)/aigcbench leaderboard --store leaderboard/leaderboard.sqlite --out leaderboard/site
	$(BIN)/aigcbench reproduce --store leaderboard/leaderboard.sqlite --markdown docs/reproduction-report.md

# The project's own submissions, run anew: the plans v1-*, one store and one submission each. For a quiet machine of two cores or
# more; it resumes. Policies run one at a time, for their latencies; of planners, which use up their limit anyway, two. What is
# better than the best known decisions of a frozen instance takes their place.
V1 := $(patsubst instances/plans/%.toml,%,$(wildcard instances/plans/v1-*.toml))
published: $(VENV)/.ready
	set -e; for plan in $(V1); do \
	  case $$plan in *-planners|*-exact) jobs=2;; *) jobs=1;; esac; \
	  $(BIN)/aigcbench run $$plan --store published/$$plan.sqlite --jobs $$jobs; \
	  rm -rf leaderboard/submissions/$$plan; \
	  $(BIN)/aigcbench submit --store published/$$plan.sqlite --out leaderboard/submissions/$$plan \
	    --author "The aigcbench maintainers" --bounds leaderboard/bounds.csv; \
	  $(BIN)/aigcbench best-known --from-store published/$$plan.sqlite --bounds leaderboard/bounds.csv; \
	done

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
