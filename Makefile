# wetread: `make demo` shows it, `make test` proves it. `make help` lists the rest.
SHELL := bash
# The first that really runs: version managers put names on PATH that do not.
FITS := import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for each in python3.13 python3.12 python3 python3.11; do \
  $$each -c '$(FITS)' 2>/dev/null && command -v $$each && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LAB := .lab
# Tools that look at what wetread is made of: apart, so that they are no part of it.
TOOLS := .tools
TOOLS_STAMP := $(TOOLS)/.installed
export PYTHONUTF8 := 1
# Some machines say so for every Python: each of the hundreds of processes that the tests start would compile us anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup system demo test whole check static fast docs evidence bench lock supply scan generated hospital-up hospital-down clean
.DEFAULT_GOAL := help

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(STAMP)  ## .venv with wetread and everything that runs, tests and checks it (no root)
$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "wetread needs Python 3.11 to 3.13: none was found on PATH." >&2; exit 3; }
	test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

system:  ## browser, PACS and PostgreSQL from the system's packages, where this user may install them
	@bash tests/hospital/system.sh

demo: setup  ## the main job on the embedded demo hospital
	$(BIN)/wetread demo

test: setup system  ## every test, the real hospital included; fails where a real part is missing
	$(MAKE) --no-print-directory -j2 static whole

# The static checks run beside it: `make check` for their word alone. Three workers on two cores: many tests wait, and some have deadlines.
whole: setup
	WETREAD_REQUIRE_REAL=1 $(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder --durations=15 \
	  || { test $$? -eq 1 && WETREAD_REQUIRE_REAL=1 $(BIN)/python -m pytest -p tests.second_try --last-failed; }

check: setup static fast  ## format, lint, types, import contracts, generated files, fast tests

static: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m robot_library.lint.generate --check
	$(BIN)/wetread fmt --check

fast: setup
	$(BIN)/python -m pytest -q -m "not slow and not hospital and not data and not browser"

$(TOOLS_STAMP): tests/supply/tools.txt
	test -x $(TOOLS)/bin/python || "$(PYTHON)" -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/supply/tools.txt
	@touch $@

lock: $(TOOLS_STAMP)  ## requirements.lock anew: every release a site installs, each file by its hash (asks the registry)
	$(TOOLS)/bin/uv pip compile --quiet pyproject.toml --universal --python-version 3.11.5 --generate-hashes \
	  $(foreach extra,import ocr desktop rpa otel lsp oidc hashicorp azure,--extra $(extra)) --constraint constraints.txt \
	  --no-header --no-annotate --no-emit-index-url --output-file requirements.lock

supply: setup $(TOOLS_STAMP)  ## SBOM, known vulnerabilities, bandit, to build/supply/
	$(BIN)/python -m tests.supply.statement --tools $(TOOLS)

scan: setup $(TOOLS_STAMP)  ## schemathesis against dashboard, clerk's app and hooks, each really served; to build/scan/
	$(BIN)/python -m tests.web.scan --tools $(TOOLS)

generated: setup  ## write schemas and reference pages anew
	$(BIN)/python -m robot_library.lint.generate --write

docs: setup  ## the documentation as a site in build/docs; a broken link fails
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict
	@echo "Open build/docs/index.html; its search needs a server: $(BIN)/python -m http.server -d build/docs"

evidence: setup system  ## the long runs at full size; figures go to evidence/ (parts: make evidence ONLY=tests/lint)
	WETREAD_REQUIRE_REAL=1 $(BIN)/python -m pytest -m "evidence or shown" --durations=0 $(ONLY)

bench: setup  ## ours against the bare libraries, to bench/results.json bench/results.md
	$(BIN)/python -m bench

hospital-up: setup system  ## GNU Health, Orthanc and OHIF on loopback
	$(BIN)/python -m tests.hospital.lab up --dir $(LAB)

hospital-down:  ## and away again
	$(BIN)/python -m tests.hospital.lab down --dir $(LAB)

clean:  ## everything made here
	rm -rf $(VENV) $(LAB) $(TOOLS) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache bench/results.json bench/results.md
