# Every word a developer needs; `make help` lists them.
SHELL := /bin/sh
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin
export PYTHON
PY := .venv/bin/python
NAMESPACE := scripts/in_namespace.sh
CASES := 1000000
# All of them lie beside the repository, where they are at all: some may not be released. Those in the
# repository are among them, so never both.
RECORDINGS := $(or $(wildcard ../shared/data/speaker-traces),tests/data/recordings)
UV_COMPILE = $(PY) -m uv pip compile -q --python-version 3.13 --python-platform linux \
	--generate-hashes --no-header --no-annotate $(UV)

.DEFAULT_GOAL := help
.PHONY: help setup demo test e2e check cover golden fuzz explore zones bench evaluate recount lock image compose-test vm-test pictures clean

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "make %-12s %s\n", $$1, $$2}'

setup: ## Debian packages, .venv, packages pinned by hash
	@scripts/setup.sh

demo: setup ## the main job in a miniature home; writes build/demo.json
	@$(NAMESPACE) $(PY) -m tests.home.demo

test: ## every test, the end-to-end ones included (PYTEST="-k hold" narrows)
	@scripts/setup.sh tests
	@$(if $(PYTEST),$(NAMESPACE) $(PY) -m pytest $(PYTEST),scripts/run_tests.sh)

e2e: ## the end-to-end tests alone
	@scripts/setup.sh tests
	@$(NAMESPACE) $(PY) -m pytest -m e2e $(PYTEST)

check: setup ## lint, format, types, import direction, dependencies
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo
	.venv/bin/deptry .

cover: setup ## which lines the tests without namespaces reach
	$(PY) -m coverage run -m pytest -q -m "not e2e"
	$(PY) -m coverage report

golden: setup ## write the golden files anew; review the diff
	HUSHGATE_GOLDEN=write $(PY) -m pytest -q -m "not e2e"
	git diff --stat

fuzz: setup ## hostile bytes for every parser (CASES=10000000)
	$(PY) -m tests.fuzz.fuzz_wire --cases $(CASES)

explore: setup ## properties with examples that nobody has tried (make test takes the same ones each time)
	$(PY) -m pytest -q -m "not e2e" --hypothesis-profile=explore

zones: setup ## two years of minutes in every time zone, for the night (10 minutes)
	HUSHGATE_ALL_ZONES=1 $(PY) -m pytest -q tests/core/test_schedule.py -k in_zone

bench: setup ## speed and memory, as ratios; writes build/bench.json
	@$(NAMESPACE) $(PY) -m tests.bench

evaluate: setup ## the judge on labelled recordings; the table of docs/detection.md
	.venv/bin/hushgate evaluate $(RECORDINGS)

recount: setup ## the same recordings in real time through a running gateway; 15 minutes
	@$(NAMESPACE) $(PY) -m tests.home.recount $(RECORDINGS)

lock: ## pin what pyproject.toml asks for (UV=--upgrade: the newest that fit)
	@test -x $(PY) || scripts/setup.sh
	$(PY) -m pip install -q uv
	$(UV_COMPILE) --group build -o requirements/build.lock
	$(UV_COMPILE) pyproject.toml -o requirements/runtime.lock
	$(UV_COMPILE) pyproject.toml --all-extras --group dev -c requirements/runtime.lock -o requirements/dev.lock
	$(UV_COMPILE) --no-deps requirements/voice-clients.in -o requirements/voice-clients.lock
	sed -n 's/^\([^ ]*==[^ ]*\).*/\1/p' requirements/runtime.lock | LC_ALL=C sort > docs/dependencies.txt

image: ## the container image
	@scripts/build_image.sh

compose-test: ## hushgate and Prometheus started by compose.yaml, with podman (root; make image first)
	@tests/compose/run.sh

vm-test: ## hushgate on Debian 13's kernel, with nft's queue statement, and as its service, in qemu
	@scripts/setup.sh vm
	@tests/vm/run.sh
	@tests/vm/service.sh

pictures: setup ## the dashboards as pictures for the documents, with Grafana's npm packages
	$(PY) -m scripts.dashboards
	$(PY) -m tests.grafana.draw

clean: ## what was built, .venv included
	rm -rf --one-file-system build dist .venv .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
