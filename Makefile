# Every target first makes the environment in .venv; when nothing changed that takes no time.
# `verify` and `picture` need little of it and get that first, so that a newcomer need not wait.
#   make verify ARGS="--only orth-exact"    passes arguments on (also to test, lab and doctor)
#   make verify PYTHON=python3.12           builds the environment (if there is none) with that Python

PYTHON ?= python3
ARGS ?=

VENV := .venv
READY := $(VENV)/.ready-all
FIRST := $(if $(wildcard $(READY)),$(READY),$(VENV)/.ready-verify)
RUN := $(VENV)/bin/python -m

.DEFAULT_GOAL := help
.PHONY: verify picture test lab bench notebooks versions teach site lite help doctor format clean

# Two processes share two cores, and the same thread count gives the same bits everywhere.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

verify: $(FIRST)  ## check every claim of the paper on this machine
	$(RUN) rgm_ref verify $(ARGS)

picture: $(FIRST)  ## draw the plane, the first picture, into report/plane.svg
	@mkdir -p report
	$(VENV)/bin/python docs/plane.py report/plane.svg
	@echo 'Open report/plane.svg in a browser.'

test: $(READY)  ## lint, format check, types, all tests, every notebook run again
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) pytest -n 2 $(ARGS)
	$(RUN) pytest -n 2 --dist loadfile --nbval --nbval-current-env notebooks

lab: $(READY)  ## open the course in JupyterLab
	$(RUN) jupyterlab $(firstword $(wildcard notebooks/00_start_here.ipynb notebooks) .) $(ARGS)

bench: $(READY)  ## measure what RGM costs, as ratios, on this machine
	$(RUN) rgm_torch bench $(ARGS)

notebooks: $(READY)  ## build the notebooks from notebooks/src, executed, with their outputs
	cd notebooks && ../$(RUN) course.build $(ARGS)

versions: $(READY)  ## student, solution and nbgrader notebooks into build/ (ARGS="06": some)
	cd notebooks && for kind in student solution nbgrader; do \
	  ../$(RUN) course.versions $$kind $(ARGS) --out ../build/$$kind || exit 1; done

teach: $(READY)  ## the teacher's pack into build/teach: syllabus, slides, formula sheet, quiz
	cd notebooks && ../$(RUN) course.teach --out ../build/teach

site: $(READY)  ## the course as a web site into build/site, to be read without a network
	cd notebooks && ../$(RUN) course.site --out ../build/site $(ARGS)

lite: $(READY)  ## the proofs in the browser, beside the site (fetches Pyodide, 40 MB in all)
	$(RUN) pip install -q -c constraints.txt -r notebooks/course/lite/requirements.txt
	cd notebooks && ../$(RUN) course.lite --out ../build/site/lite

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

doctor: $(READY)  ## say what is installed, what is missing and what to do about it
	$(RUN) rgm_ref doctor $(ARGS)

format: $(READY)  ## format the code and mend what the linter can
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

clean:  ## remove reports and caches (to start over, remove .venv too)
	rm -rf report build dist *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# The stamp goes first and comes back last: a set-up that failed is tried again.
$(VENV)/.ready-%: pyproject.toml constraints.txt
	@rm -f $@
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo \
	  'Python 3.11 or newer is needed. If another command starts it: make PYTHON=python3.12 ...'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo \
	  'Python lacks its venv module. On Debian and Ubuntu: apt install python3-venv'; exit 1; }
	@echo 'Setting up $(VENV): a few minutes, once.'
	$(PYTHON) -m venv $(VENV)
	$(RUN) pip install -c constraints.txt -e ".[$*]"
	@touch $@
