# Attain: everything one does here. `make` alone prints this menu.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv pip
# VIRTUAL_ENV: another environment may be active. unfinished: what an interrupted install left behind is not trusted.
INSTALL = again=$$(test -e $(VENV)/unfinished && echo --reinstall); touch $(VENV)/unfinished; \
	VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(UV) install --quiet $$again
LOCK = $(UV) compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock" $(UPGRADE)

.DEFAULT_GOAL := menu
.DELETE_ON_ERROR:
.PHONY: menu demo test browser java check bench format reference spark lock clean

menu:
	@echo "Attain. Say one of:"; echo
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

demo: $(VENV)/run.stamp ## make the demo company, run its plans, serve it to browsers (PORT=8000, RESET=1, SERVE=0)
	@$(BIN)/attain demo
	@$(BIN)/attain load-demo $(if $(filter 1,$(RESET)),--reset)
	@$(if $(filter 0,$(SERVE)),,exec $(BIN)/attain serve --port $(or $(PORT),8000))

test: $(VENV)/dev.stamp $(VENV)/spark.stamp browser java ## run every test; one of them: .venv/bin/pytest tests/attain/test_money.py
	@$(BIN)/pytest -n auto $(ARGS)

check: $(VENV)/dev.stamp ## lint, formatting, types, floors between modules, house rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/house

bench: $(VENV)/dev.stamp $(VENV)/spark.stamp java ## measure speed
	@$(BIN)/python -m bench $(ARGS)
	@$(BIN)/python -m bench.pages
	@$(BIN)/python -m bench.platform_run
	@$(BIN)/python -m bench.engines

format: $(VENV)/dev.stamp ## put imports and layout in order, mend what ruff can mend
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

reference: $(VENV)/run.stamp ## write docs/reference from the parts themselves
	@$(BIN)/python docs/build_reference.py

spark: $(VENV)/spark.stamp java ## install Apache Spark as an engine too (half a gigabyte, and Java 17 or newer)

lock: $(VENV)/uv.stamp ## pin requirements anew (all to their newest release: make lock UPGRADE=--upgrade)
	$(LOCK) requirements/uv.in -o requirements/uv.txt
	$(LOCK) pyproject.toml --extra web -o requirements/run.txt
	$(LOCK) requirements/build.in -c requirements/run.txt -o requirements/build.txt
	$(LOCK) pyproject.toml --extra web requirements/build.in requirements/dev.in \
		-c requirements/run.txt -c requirements/build.txt -o requirements/dev.txt
	$(LOCK) pyproject.toml --extra spark -c requirements/run.txt -o requirements/spark.txt

clean: ## remove .venv, caches and build output (var/ stays)
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests bench docs -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# The browser's tests drive Debian's Chromium.
browser:
	@command -v chromium >/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser's tests ..."; \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >/dev/null; \
	else echo "The browser's tests need Chromium: sudo apt-get install chromium"; exit 1; fi

# Spark runs in a Java of the system; without one, its tests say that they are skipped.
java:
	@command -v java >/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Java for Spark ..."; \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
			openjdk-17-jre-headless >/dev/null; \
	else echo "Spark needs Java 17 or newer: sudo apt-get install openjdk-17-jre-headless"; fi

# --- .venv ----------------------------------------------------------------------------------------------------------
# Each stamp is touched last, so an interrupted install is begun again. uv.stamp holds the folder it was made in: a .venv
# that was copied or moved still points to the old place, and is made anew.

ifneq ($(shell cat $(VENV)/uv.stamp 2>/dev/null),$(CURDIR))
.PHONY: $(VENV)/uv.stamp
endif

$(VENV)/uv.stamp: requirements/uv.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing: install Python 3.11 or newer, or say which: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Attain needs Python 3.11 or newer, but $(PYTHON) is $$($(PYTHON) -V 2>&1). Say which: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments. On Debian or Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	@test "$$(cat $@ 2>/dev/null)" = "$(CURDIR)" || { echo "Making $(VENV) ..." && $(PYTHON) -m venv --clear $(VENV); }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@echo "$(CURDIR)" > $@

$(VENV)/run.stamp: $(VENV)/uv.stamp requirements/build.txt requirements/run.txt pyproject.toml
	@echo "Installing what Attain needs ..."
	@$(INSTALL) --require-hashes -r requirements/build.txt -r requirements/run.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@rm $(VENV)/unfinished && touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.txt
	@echo "Installing what tests and checks need ..."
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@rm $(VENV)/unfinished && touch $@

$(VENV)/spark.stamp: $(VENV)/run.stamp requirements/spark.txt
	@echo "Installing Spark ..."
	@$(INSTALL) --require-hashes -r requirements/spark.txt
	@rm $(VENV)/unfinished && touch $@
