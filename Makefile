# Everything runs from .venv, which the first target that needs it sets up; `make` alone says what there is.

PYTHON ?= python3
WORKERS ?= 2
BIN := .venv/bin
RUNTIME := .venv/installed-runtime
INSTALLED := .venv/installed
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
PYTEST := $(BIN)/python -m pytest
# loadfile: the cells of one notebook need one kernel, so a file stays on one worker
NBVAL := --nbval --nbval-current-env --nbval-cell-timeout=60 --nbval-sanitize-with=tests/nbval.cfg

.DEFAULT_GOAL := help
.PHONY: help demo test test-all test-rest bench lab check lock clean

help: ## this list
	@echo "analytics-kit: make TARGET [PYTHON=python3.12]"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' Makefile

demo: $(RUNTIME) ## load all 13 resources from the demo API into DuckDB and look at them
	@$(BIN)/python -m analytics_kit

test: $(INSTALLED) ## all quick tests, notebooks included (under 3 minutes)
	@test -n "$(NOTEBOOKS)" || { echo "make test: there is no notebook in notebooks/, and they are part of the tests" >&2; exit 1; }
	$(PYTEST) -m "not browser and not long" -n $(WORKERS) --dist loadfile $(NBVAL) tests $(NOTEBOOKS)

test-all: test test-rest ## the quick tests, then those that are long or drive a browser

# pytest exits with 5 when no test carries the marks: nothing to run is no failure here
test-rest: $(INSTALLED)
	$(PYTEST) -m "browser or long" tests || test $$? -eq 5

bench: $(INSTALLED) .venv-airbyte/installed ## the kit beside a floor, plain dlt and PyAirbyte (about 20 minutes)
	$(BIN)/python -m benchmarks

# PyAirbyte's dependencies clash with ours; it takes Python 3.10 to 3.12
.venv-airbyte/installed: benchmarks/airbyte-constraints.txt
	$(PYTHON) -m venv .venv-airbyte
	.venv-airbyte/bin/python -m pip install -qq --disable-pip-version-check -c benchmarks/airbyte-constraints.txt airbyte
	@touch $@

lab: $(INSTALLED) ## JupyterLab on the notebooks
	cd notebooks && ../$(BIN)/python -m jupyterlab

check: $(INSTALLED) ## format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

lock: ## write constraints.txt: the newest releases that pyproject.toml allows
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	$(PYTHON) -m venv "$$folder" && \
	"$$folder/bin/python" -m pip install -qq --disable-pip-version-check '.[notebooks,tests]' && \
	"$$folder/bin/python" -m pip freeze -qq --exclude analytics-kit > "$$folder/frozen.txt" && \
	LC_ALL=C sort -f "$$folder/frozen.txt" > constraints.txt
	@echo "constraints.txt: $$(wc -l < constraints.txt) names and versions; now try them: make check test-all"

clean: ## remove .venv, caches and builds (databases and notebooks stay)
	rm -rf .venv .venv-airbyte build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

# The demo needs neither notebooks nor test tools, and starts a good half minute earlier without them
$(RUNTIME): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "analytics-kit needs Python 3.11 or newer, and $(PYTHON) is not: say which, as in make PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up .venv, once; this takes about half a minute ..."
	@$(PYTHON) -m venv .venv
	@$(INSTALL) -e .
	@touch $@

$(INSTALLED): $(RUNTIME)
	@echo "Adding JupyterLab and the test tools, once ..."
	@$(INSTALL) -e '.[notebooks,tests]'
	@touch $@
