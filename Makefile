# What can be done with this project: `make` lists it. Needs git, make and Python 3.11 to 3.13; everything else goes
# into .venv, which is built with the first of these interpreters that works. To build it with another one:
# rm -r .venv && make repro PYTHON=/path/to/python
PYTHONS := python3.13 python3.12 python3.11
works = $$name -c 'import ensurepip, venv' 2>/dev/null
PYTHON ?= $(shell for name in $(PYTHONS); do if $(works); then echo $$name; break; fi; done)
DATASETS ?= movielens-100k
TRIALS ?= 50
REV ?= main
SERVE ?=
CYCLE ?=
LIVE ?=
MODULES ?= recommender.evaluation recommender.ranking recommender.log recommender.retrieval recommender_lab.feedback
VENV := .venv
# A copy of the lock that .venv was built from, put there last: an install that was killed leaves none.
STAMP := $(VENV)/installed.txt
RUN := PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/python -m

.PHONY: help repro test lint test-all mutants promises compare serve cycle live scheduler cluster nearest neural benchmark ablation search peers lock
.DEFAULT_GOAL := help

help: ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-18s%s\n", $$1, $$2}'

repro: $(STAMP) ## Run the pipeline (what changed, or all of it) and print policies x metrics
	@$(RUN) recommender_lab.check && start=$$(date +%s) && $(RUN) dvc repro && end=$$(date +%s) && \
	printf '\ndvc repro took %s s. To have dvc and python in this shell: . $(VENV)/bin/activate\n\n' $$((end - start)) && \
	$(RUN) recommender.evaluation

test: lint ## Lint, types and tests
	@$(RUN) pytest -n auto --dist loadfile

lint: $(STAMP) ## Lint, format and types only
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy

test-all: ## The same under each Python from 3.11 to 3.13 that is found, in .venv-python3.*
	@for name in $(PYTHONS); do if $(works); then echo "== $$name" && \
	$(MAKE) --no-print-directory test PYTHON=$$name VENV=.venv-$$name || exit 1; fi; done

mutants: $(STAMP) ## Change the code in small ways and count what the tests notice; MODULES=recommender.log for less
	@$(RUN) tests.mutants $(MODULES)

promises: $(STAMP) ## Damage 20,000 files per reader, kill 20 runs, send 20,000 odd requests, and write what held into docs/developing.md; half an hour
	@$(RUN) tests.fuzz --cases 20000
	@$(RUN) tests.kills --cases 20
	@$(RUN) benchmarks.hostile
	@$(RUN) tests.docs

compare: $(STAMP) ## Compare the workspace with REV=main, or two revisions or experiments: REV="main exp-name"
	@$(RUN) recommender_lab.revisions $(REV)

serve: $(STAMP) ## Answer and take events over HTTP on 127.0.0.1:8000; SERVE="--port 8001 --workers 2" for other options
	@$(RUN) recommender.serving $(SERVE)

cycle: $(STAMP) ## Collect events of the service, run the pipeline, release its bundle if it is not worse; CYCLE="--list" for more
	@$(RUN) recommender_lab.cycle $(CYCLE)

live: $(STAMP) ## Try all of it in a copy: service, simulated users, cycle after each day; LIVE="--days 5 --users 100" for other numbers
	@$(RUN) recommender_lab.live $(LIVE)

SCHEDULER := src/recommender_lab/scheduler
scheduler: $(STAMP) python ## Run the cycle every night, with a page on 127.0.0.1:3000, by Dagster in .venv-scheduler
	@test -d $(VENV)-scheduler || $(PYTHON) -m venv $(VENV)-scheduler
	@$(VENV)-scheduler/bin/python -m pip install --quiet --disable-pip-version-check -r $(SCHEDULER)/requirements.txt
	@mkdir -p logs/scheduler && cp $(SCHEDULER)/dagster.yaml logs/scheduler/
	@DAGSTER_HOME="$(CURDIR)/logs/scheduler" PYTHONPATH=src PATH="$(CURDIR)/$(VENV)/bin:$$PATH" \
	$(VENV)-scheduler/bin/python -m recommender_lab.scheduler

cluster: $(STAMP) ## Install Dask into .venv, for engine.kind: dask
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-cluster.txt

nearest: $(STAMP) ## Install faiss into .venv, for train_svd.index: hnsw
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-nearest.txt

neural: $(STAMP) ## Install torch into .venv, for candidates.neural; several GB on Linux
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-neural.txt

benchmark: $(STAMP) ## Measure speed and memory; DATASETS="movielens-100k movielens-1m synthetic" for more
	@for name in $(DATASETS); do $(RUN) benchmarks.pipeline $$name || exit 1; done
	@$(RUN) benchmarks.serving
	@$(RUN) benchmarks.load
	@$(RUN) benchmarks.resilience

ablation: $(STAMP) ## Leave out each source and group of features in turn, through DVC's queue
	@$(RUN) benchmarks.ablation

search: $(STAMP) ## Look for better parameters on validation; TRIALS=50 in all, an interrupted search continues
	@$(RUN) benchmarks.search --trials $(TRIALS)

peers: PYTHON := python3.11
peers: python ## Build .venv-peers, where benchmarks.accuracy fits recommenders of other projects; needs Python 3.11
	@test -d $(VENV)-peers || $(PYTHON) -m venv $(VENV)-peers
	@$(VENV)-peers/bin/python -m pip install --quiet --disable-pip-version-check $$(grep ^torch== benchmarks/peers.txt)
	@$(VENV)-peers/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/peers.txt

COMPILE := --quiet --no-config --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-annotate \
  --custom-compile-command "make lock"
lock: ## Write requirements.txt and those of the extras again from pyproject.toml; UPGRADE=--upgrade for the newest versions
	@$(MAKE) --no-print-directory python
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && $(PYTHON) -m venv "$$folder" && \
	"$$folder/bin/python" -m pip install --quiet uv && \
	"$$folder/bin/uv" pip compile $(COMPILE) --extra dev $(UPGRADE) -o requirements.txt pyproject.toml && \
	for extra in cluster nearest neural; do "$$folder/bin/uv" pip compile $(COMPILE) --extra $$extra $(UPGRADE) \
	  --constraints requirements.txt -o requirements-$$extra.txt pyproject.toml || exit 1; done

.PHONY: python
python:
	@test -n '$(PYTHON)' || { echo 'error: found none of $(PYTHONS) (with ensurepip; Debian: python3-venv);' \
	'install one, or name it: make repro PYTHON=/path/to/python' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || { \
	echo 'error: $(PYTHON) is not Python 3.11, 3.12 or 3.13; name one: make repro PYTHON=/path/to/python' >&2; exit 1; }

$(STAMP): requirements.txt
	@if cmp -s requirements.txt $@; then touch $@; else $(MAKE) --no-print-directory environment; fi

.PHONY: environment
environment: python
	@echo 'Building $(VENV) from requirements.txt; this takes a few minutes the first time.'
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@echo ../../../../src > "$$($(VENV)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/recommender.pth"
	@cp requirements.txt $(STAMP).tmp && mv $(STAMP).tmp $(STAMP)
