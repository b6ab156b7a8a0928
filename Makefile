# Two commands need nothing before them: `make serve` and `make test`. `make` alone says what else there is.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Stamps live inside the environment: whoever deletes it starts afresh.
MADE := $(VENV)/.made
INSTALLED := $(VENV)/.installed
TESTABLE := $(VENV)/.testable
FITTABLE := $(VENV)/.fittable
CATALOGUES := $(wildcard forum/translations/*/LC_MESSAGES/*.po)
COMPILED := $(CATALOGUES:.po=.mo)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS ?= 2

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install serve test check soak bench eval fit scan messages lock clean

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) $(COMPILED) ## Install into .venv; ends with a working .venv/bin/forum

serve: install ## Install what is needed and serve on http://127.0.0.1:8000
	@exec $(BIN)/forum serve

test: $(TESTABLE) $(COMPILED) ## Install what tests need and run them all
	@$(BIN)/python -m tests.machine
	@$(BIN)/pytest -n $(WORKERS) -m "not soak"

check: $(TESTABLE) $(COMPILED) ## Format, lint, types, migrations, translations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m tests.drift
	$(BIN)/python -m tests.catalogues

soak: $(TESTABLE) $(COMPILED) ## The tests of full size, which take long
	$(BIN)/pytest -m soak

bench: $(TESTABLE) $(COMPILED) ## Measure speed against a bare route on this machine
	$(BIN)/python -m tests.load.bench $(ARGS)

eval: $(TESTABLE) ## How well screening and search do on the labelled texts of the tests
	$(BIN)/python -m tests.corpora.score $(ARGS)
	$(BIN)/python -m tests.corpora.relevance

fit: $(FITTABLE) ## Fit the screening's model from the labelled rows of the tests
	$(BIN)/python -m tests.corpora.fit

scan: $(TESTABLE) ## Look for known weaknesses in the code and in what it stands on
	$(BIN)/bandit --quiet --recursive --severity-level medium forum
	@$(BIN)/pip-audit --requirement requirements.lock --require-hashes --disable-pip --progress-spinner off \
		|| echo "pip-audit: see above (without a network it cannot tell anything)"

messages: $(TESTABLE) ## Bring new sentences into the catalogues
	$(BIN)/pybabel -q extract --mapping pyproject.toml --output $(VENV)/messages.pot --omit-header --sort-by-file \
		--add-location file .
	$(BIN)/pybabel -q update --input-file $(VENV)/messages.pot --output-dir forum/translations --locale en \
		--no-fuzzy-matching --no-wrap --ignore-obsolete

lock: $(TESTABLE) ## Pin the newest versions that fit pyproject.toml, with hashes and without addresses
	$(BIN)/uv pip compile pyproject.toml --extra build \
		--universal --generate-hashes --no-header --upgrade --quiet --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra build --extra dev \
		--universal --generate-hashes --no-header --upgrade --quiet --output-file requirements-dev.lock
	$(BIN)/uv pip compile pyproject.toml --extra fit --constraint requirements-dev.lock \
		--universal --generate-hashes --no-header --upgrade --quiet --output-file requirements-fit.lock

clean: ## Take away what was installed and built; the instance folder stays
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find forum -name '*.mo' -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE):
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing: install python3, python3-venv and make"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Nagi needs Python 3.11 or newer; this is $$($(PYTHON) -V). Try: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
		|| { echo "Python's venv is missing: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(INSTALLED): $(MADE) requirements.lock pyproject.toml hatch_build.py
	$(PIP) install --require-hashes --no-deps -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(TESTABLE): $(INSTALLED) requirements-dev.lock
	$(PIP) install --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

$(FITTABLE): $(TESTABLE) requirements-fit.lock
	$(PIP) install --require-hashes --no-deps -r requirements-fit.lock
	@touch $@

%.mo: %.po $(INSTALLED)
	@$(BIN)/pybabel -q compile --input-file $< --output-file $@ --locale $(notdir $(patsubst %/LC_MESSAGES/,%,$(dir $<)))
