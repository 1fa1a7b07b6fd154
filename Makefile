# make demo    install into .venv and run Zhejiang's 2017 programme
# make test    the tests, without the slow ones
# make mutate  change the code in 300 places and see the tests fail; SAMPLE=30 for fewer
# make test-all, lint, bench, docs, study, clean
#
# PYTHON=python3.12 make demo   chooses the Python; without it the newest fit one is taken.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest -q -n auto --dist worksteal

.PHONY: demo test test-all mutate lint bench docs study clean
.DELETE_ON_ERROR:

demo: $(VENV)/installed
	$(BIN)/permits run zhejiang-2017-voc --force --out runs/demo
	@echo
	@echo "The report: $(CURDIR)/runs/demo/report.html (Excel beside it: report.xlsx)"

test: $(VENV)/installed-dev
	$(PYTEST)

test-all: $(VENV)/installed-dev
	$(PYTEST) -m "slow or not slow"

SAMPLE := 300
mutate: $(VENV)/installed-dev
	$(BIN)/python -m tests.mutation.run --sample $(SAMPLE)

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/installed
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/ledger.py
	$(BIN)/python benchmarks/allocate.py
	$(BIN)/python benchmarks/sessions.py
	$(BIN)/python benchmarks/meter.py
	$(BIN)/python benchmarks/hj212.py
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/year.py

docs: $(VENV)/installed
	$(BIN)/python docs/scenario_keys.py > docs/scenario-keys.md

# What Zhejiang's head-count rule costs: the page and its charts, in a few minutes.
study: $(VENV)/installed
	$(BIN)/python benchmarks/studies/headcount_study.py

clean:
	rm -rf $(VENV) build dist runs .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps say what is installed; a changed pyproject or pin installs again.
$(VENV)/installed: $(VENV)/made pyproject.toml constraints.txt
	$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/installed-dev: $(VENV)/made pyproject.toml constraints.txt
	$(PIP) install -c constraints.txt -e ".[dev]"
	@touch $@ $(VENV)/installed

$(VENV)/made:
	@set -e; \
	for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    found="$$python"; break; \
	  fi; \
	  if [ -n "$(PYTHON)" ]; then break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "No Python 3.11 or later found; install one, or name it: make PYTHON=/path/to/python" >&2; \
	  exit 1; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$found cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; \
	  exit 1; \
	fi; \
	"$$found" -m venv --clear $(VENV)
	@touch $@
