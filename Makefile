# `make` lists the targets. Works with GNU make 3.81, which is what macOS has.

PYTHON ?= python3
ARGS ?=
# One more than there are cores, and at most four: some tests wait for a killed worker's work to be taken over.
PROCESSES ?= $(shell cores=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); test $$cores -lt 3 && echo $$((cores + 1)) || echo 4)

# The stamp stands for this very folder: an environment that was moved or copied still points to the old one.
ENVIRONMENT := .venv
VENV_PYTHON := $(ENVIRONMENT)/bin/python
PIP := $(VENV_PYTHON) -m pip --disable-pip-version-check
STAMP := $(ENVIRONMENT)/.packages-$(shell pwd | cksum | cut -d ' ' -f 1)
LIBRARIES := $(ENVIRONMENT)/.libraries
JUDGES := $(ENVIRONMENT)/.judges

# Homebrew's libraries are not where macOS looks. Not `export`: macOS takes the variable from every shell it starts.
ifeq ($(shell uname -s),Darwin)
RUN := DYLD_FALLBACK_LIBRARY_PATH=/opt/homebrew/lib:/usr/local/lib:/usr/lib
endif

.DEFAULT_GOAL := help
.PHONY: help setup judges demo up thorough test gallery bench chaos check requirements clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-14s%s\n", $$1, $$2 }' Makefile
	@echo 'Options go into ARGS, as in: make demo ARGS="--orders 200"'

setup: $(STAMP) $(LIBRARIES) ## Make .venv with the pinned packages, and see to the system libraries

judges: $(JUDGES) ## See to what judges and shows our documents: Java for veraPDF, pdftoppm

demo: setup ## Turn sample orders into invoices on an embedded stack, and check every one
	@$(RUN) $(ENVIRONMENT)/bin/invoices demo $(ARGS)

up: setup ## Run the same stack until Ctrl-C
	@$(RUN) $(ENVIRONMENT)/bin/invoices up $(ARGS)

test: setup $(JUDGES) ## Run the tests; ARGS names some of them
	$(RUN) $(VENV_PYTHON) -m pytest -n $(PROCESSES) $(ARGS)

gallery: setup $(JUDGES) ## Show every kind of document in var/gallery/, each judged; ARGS="--only arabic", "--help"
	@$(RUN) $(VENV_PYTHON) -m tests.gallery $(ARGS)

bench: setup ## Measure the whole path; ARGS="--orders 2000", "--growth", "--skip-pdf", "--help"
	@$(RUN) $(VENV_PYTHON) -m bench.whole_path $(ARGS)

chaos: setup ## Break everything for half an hour; ARGS="--minutes 5 --orders 1000 --seed 7", "--help"
	@$(RUN) $(VENV_PYTHON) -m tests.chaos $(ARGS)

thorough: setup $(JUDGES) ## Run all tests, those too that take too long for every day
	$(RUN) $(VENV_PYTHON) -m pytest -n $(PROCESSES) --thorough $(ARGS)

check: $(STAMP) ## Lint, formatting, types, and who may import whom
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m mypy
	$(ENVIRONMENT)/bin/lint-imports

requirements: $(STAMP) ## Pin the packages anew; ARGS="--upgrade" takes newer ones
	$(PIP) install --quiet uv
	$(COMPILE) $(ARGS) -o requirements/service.txt
	$(COMPILE) --extra demo --extra dev $(ARGS) -o requirements/dev.txt

COMPILE = $(VENV_PYTHON) -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --no-header -q pyproject.toml

clean: ## Remove everything that make and the demo made, the demo's data too
	rm -rf $(ENVIRONMENT)
	@sh scripts/remove_outside_data.sh var
	rm -rf var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): pyproject.toml requirements/dev.txt
	@sh scripts/check_python.sh "$(PYTHON)"
	@test -e $@ || $(PYTHON) -m venv --clear $(ENVIRONMENT)
	$(PIP) install --quiet --require-hashes -r requirements/dev.txt
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(LIBRARIES): $(STAMP) scripts/system_libraries.sh scripts/apt_packages.sh
	@sh scripts/system_libraries.sh $(VENV_PYTHON)
	@touch $@

# Without them the tests still run, and say which of them were left out; where CI is true that is a failure.
$(JUDGES): $(STAMP) scripts/judges.sh scripts/apt_packages.sh
	@if sh scripts/judges.sh; then touch $@; else test "$$CI" != true; fi
