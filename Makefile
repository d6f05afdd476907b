# What can be done with this project: `make` lists it. Needs git, make and Python 3.11; everything else goes into .venv.
PYTHON ?= python3.11
DATASETS ?= movielens-100k
TRIALS ?= 50
REV ?= main
VENV := .venv
# A copy of the lock that .venv was built from, put there last: an install that was killed leaves none.
STAMP := $(VENV)/installed.txt
RUN := PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/python -m

.PHONY: help repro test lint declare compare benchmark ablation search peers lock
.DEFAULT_GOAL := help

help: ## List what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-18s%s\n", $$1, $$2}'

repro: $(STAMP) ## Run the pipeline (what changed, or all of it) and print policies x metrics
	@start=$$(date +%s) && $(RUN) dvc repro && end=$$(date +%s) && \
	printf '\ndvc repro took %s s. To have dvc and python in this shell: . $(VENV)/bin/activate\n\n' $$((end - start)) && \
	$(RUN) recommender.evaluation

test: lint ## Lint, types and tests
	@$(RUN) pytest

lint: $(STAMP) ## Lint, format and types only
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy

declare: $(STAMP) ## Write into dvc.yaml what the stages import and read, after a change of code
	@$(RUN) tests.pipeline.declare

compare: $(STAMP) ## Compare the workspace with REV=main, or two revisions or experiments: REV="main exp-name"
	@$(RUN) recommender_lab.revisions $(REV)

benchmark: $(STAMP) ## Measure speed and memory; DATASETS="movielens-100k movielens-1m synthetic" for more
	@for name in $(DATASETS); do $(RUN) benchmarks.pipeline $$name || exit 1; done
	@$(RUN) benchmarks.serving

ablation: $(STAMP) ## Leave out each source and group of features in turn, through DVC's queue
	@$(RUN) benchmarks.ablation

search: $(STAMP) ## Look for better parameters on validation; TRIALS=50 in all, an interrupted search goes on
	@$(RUN) benchmarks.search --trials $(TRIALS)

peers: python ## Build .venv-peers, where benchmarks.accuracy fits recommenders of other projects (torch among them)
	@test -d $(VENV)-peers || $(PYTHON) -m venv $(VENV)-peers
	@$(VENV)-peers/bin/python -m pip install --quiet --disable-pip-version-check $$(grep ^torch== benchmarks/peers.txt)
	@$(VENV)-peers/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/peers.txt

lock: ## Write requirements.txt anew from pyproject.toml; UPGRADE=--upgrade for the newest versions
	@$(MAKE) --no-print-directory python
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && $(PYTHON) -m venv "$$folder" && \
	"$$folder/bin/python" -m pip install --quiet uv && \
	"$$folder/bin/uv" pip compile --quiet --no-config --python-version 3.11 --universal --generate-hashes \
	  --no-emit-index-url --no-annotate --custom-compile-command "make lock" --extra dev $(UPGRADE) \
	  -o requirements.txt pyproject.toml

.PHONY: python
python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { \
	echo 'error: $(PYTHON) is not Python 3.11; install it, or name it: make repro PYTHON=/path/to/python3.11' >&2; exit 1; }

$(STAMP): requirements.txt
	@if cmp -s requirements.txt $@; then touch $@; else $(MAKE) --no-print-directory environment; fi

.PHONY: environment
environment: python
	@echo 'Building $(VENV) from requirements.txt; this takes a few minutes the first time.'
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@echo ../../../../src > $(VENV)/lib/python3.11/site-packages/recommender.pth
	@cp requirements.txt $(STAMP).tmp && mv $(STAMP).tmp $(STAMP)
