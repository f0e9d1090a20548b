# breast-corr, for research use only. Needs make, git and Python 3.11 or newer; everything else goes into .venv.

.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV ?= .venv
OUT ?= out
EXTRAS ?= dev,docs
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Three workers on two cores, because one mostly waits for a browser and the kernels of notebooks.
PYTEST := $(BIN)/python -m pytest -n 3 --dist loadscope
ALL := tests notebooks --nbval --nbval-current-env --nbval-sanitize-with tests/nbval_sanitize.cfg

# Nothing may be missing that a page refers to, and a warning is an error.
SPHINX := $(BIN)/python -m sphinx -n -W --keep-going

# As many workers as cores: more threads in each only get in each other's way.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
export PYDEVD_DISABLE_FILE_VALIDATION := 1
# Any value here takes the pictures out of every notebook page.
unexport MPLBACKEND

.PHONY: help setup demo test test-all check lab notebooks docs docs-links benchmark clean

help:  ## This list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1@/p' Makefile | column -t -s @ 2>/dev/null || sed -n 's/^\([a-z-]*\):.*##/  make \1 -/p' Makefile

setup: $(STAMP)  ## Install into .venv (about a minute, about 1 GB)
	@echo "breast-corr is installed in $(VENV); next: make demo"

$(STAMP): pyproject.toml constraints.txt tools/find_python.sh
	@rm -f $(STAMP)
	@python="$$(sh tools/find_python.sh)" || exit 1; \
	if ! $(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo "Creating $(VENV) with $$($$python --version)"; \
		"$$python" -m venv --clear $(VENV); \
	fi
	@echo "Installing breast-corr and what it needs into $(VENV) (about a minute) ..."
	@$(BIN)/python -m pip install -qq --no-warn-script-location --progress-bar off \
		--constraint constraints.txt --editable '.[$(EXTRAS)]'
	@touch $(STAMP)

demo: $(STAMP)  ## Judge the seed case and a cohort, write their pages to out/demo
	@$(BIN)/corr demo --out $(OUT)/demo

test: check  ## Everything CI checks: `make check`, the tests, the notebooks' numbers
	$(PYTEST) $(ALL)

test-all: check  ## The same with every sweep and four times as many drawn examples (half an hour)
	$(PYTEST) $(ALL) -m "" --hypothesis-profile campaign

check: $(STAMP)  ## Lint, format, types, import direction, environment.yml
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy corr tools benchmarks
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/check_environment.py

lab: $(STAMP)  ## JupyterLab on the notebooks
	$(BIN)/python -m jupyterlab notebooks $(if $(filter 0,$(shell id -u)),--allow-root)

notebooks: $(STAMP)  ## Run the notebooks and store the numbers of their check cells
	$(BIN)/python tools/refresh_notebooks.py

docs: $(STAMP)  ## Build the documentation into out/docs, tutorials executed (minutes the first time)
	$(SPHINX) -b html -q docs $(OUT)/docs
	@echo "The documentation is in $(OUT)/docs/index.html"

docs-links: $(STAMP)  ## Check the links that lead out of the documentation (needs a network)
	@if $(BIN)/python -c 'import socket; socket.create_connection(("doi.org", 443), 5)' 2>/dev/null; then \
		$(SPHINX) -b linkcheck -q -D nb_execution_mode=off docs $(OUT)/docs_links; \
	else echo "No network: links that lead out were not checked"; fi

benchmark: $(STAMP)  ## Score the simulated cohorts and write benchmarks/ anew (six to twelve minutes)
	$(BIN)/python -m pip install -qq --no-warn-script-location --progress-bar off \
		--constraint constraints.txt --editable '.[dev,jpda]'
	@for cohort in simulated_cohort simulated_cohort_hard; do \
		echo "corr benchmark $$cohort"; \
		$(BIN)/corr benchmark data/$$cohort/findings.csv --breasts data/$$cohort/breasts.csv \
			--truth data/simulated_cohort/truth.csv --out benchmarks/$$cohort || exit 1; \
		rm -f benchmarks/$$cohort/pairs.csv benchmarks/$$cohort/benchmark.json; \
	done
	$(BIN)/python -m benchmarks.refresh
	$(BIN)/python tools/refresh_notebooks.py notebooks/07_validation.ipynb

clean:  ## Remove .venv, results and caches
	rm -rf $(VENV) $(OUT) build dist docs/made docs/tutorials .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
