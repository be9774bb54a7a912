# Two commands: `make demo` and `make test`. Each makes .venv if it is missing, installs what it needs, and runs.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
SHARE ?= 1
N ?= 100
SEED ?= 0
STEPS ?= 1000

# Compiled modules are kept: tests start hundreds of processes, and each would compile what it imports once more.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check static bench bench-full proof simulate supply clean

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# Versions are those of requirements/dev.lock; where one of them cannot be had, the newest that is allowed.
$(VENV)/constraints.txt: requirements/dev.lock | $(BIN)/python
	@sed -e '/--hash=/d' -e 's/ *\\$$//' $< > $@

# uv is faster where the registry has it; pip does the same.
define install
	@$(BIN)/python -c "import uv" 2>/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv || true
	@if $(BIN)/python -c "import uv" 2>/dev/null; then \
	  $(BIN)/python -m uv pip install --quiet --python $(BIN)/python -c $(VENV)/constraints.txt -e ".[$(1)]" \
	  || $(BIN)/python -m uv pip install --quiet --python $(BIN)/python -e ".[$(1)]"; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -c $(VENV)/constraints.txt -e ".[$(1)]" \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[$(1)]"; \
	fi
	@touch $@
endef

$(VENV)/.demo: pyproject.toml $(VENV)/constraints.txt | $(BIN)/python
	$(call install,demo)

$(VENV)/.test: pyproject.toml $(VENV)/constraints.txt | $(BIN)/python
	$(call install,test)

$(VENV)/.dev: pyproject.toml $(VENV)/constraints.txt | $(BIN)/python
	$(call install,dev)

demo: $(VENV)/.demo
	$(BIN)/orderhub demo

# One process more than there are cores: some tests wait for what they killed.
test: $(VENV)/.test
	$(BIN)/python -m pytest tests -n $$(($$(getconf _NPROCESSORS_ONLN) + 1)) --dist worksteal

# Everything that has to hold before a change lands: the tests, the static checks and the docs, a part of the tests on the wheel.
check: test static wheel-test

static: $(VENV)/.dev
	$(BIN)/ruff format --check src tests examples tools
	$(BIN)/ruff check src tests examples tools
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	$(BIN)/python tools/io_bans.py
	$(BIN)/bandit --quiet --configfile pyproject.toml --severity-level medium --recursive src
	$(BIN)/python tools/docs.py --check
	$(BIN)/python tools/supply.py --check
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --site-dir $(VENV)/site

# Speed, a few minutes: one process a job, figures as ratios; `--only NAME` by hand: tests/bench/suite.py.
bench: $(VENV)/.test
	$(BIN)/python tests/bench/suite.py

# All jobs and sizes, about twenty minutes; goes on where it was broken off; writes docs/explanation/performance.md.
bench-full: $(VENV)/.test
	$(BIN)/python tests/bench/suite.py --full

# What takes longer than a test run: histories by the ten thousand, kills at every step, an hour of load. SHARE=0.01 is minutes.
proof: $(VENV)/.test
	$(BIN)/python tests/proof/summary.py --share $(SHARE)

# Simulated histories, N of them from SEED on, and what a broken one comes down to.
simulate: $(VENV)/.test
	$(BIN)/python tests/proof/simulated.py $(N) $(SEED) --steps $(STEPS) --only

# What a release shows: a reproducible wheel that works alone and with the oldest allowed versions, and its parts list.
supply: $(VENV)/.dev
	$(BIN)/python tools/supply.py

# A part of the tests against the built wheel, in an environment of its own that has no source tree.
wheel-test: $(VENV)/.dev
	$(BIN)/python tools/supply.py --wheel

# The exact versions that development and CI install; run it after a dependency was added to pyproject.toml.
lock: $(BIN)/python
	$(BIN)/python tools/supply.py --lock

clean:
	rm -rf $(VENV) build dist site
