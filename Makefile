# What a person types without reading anything: make gate, make test.
#   make setup   make .venv with what running needs
#   make gate    get an Asterisk if need be, run the scenarios of tests/ against it
#   make test    lint, types and the tests of Callgate itself, live ones too
#   make lint    ruff and mypy alone
#   make docs    what docs/ says of steps, and the JSON Schemas there, from the code
#   make bench   what the gate costs, as ratios to the Asterisk's own boot and stop; what 1,000 files cost; how much of the time of all
#                scenarios is Asterisk's, and how much ours; and both AMI drivers (one of them: ARGS="--only catalogue")
#   make fuzz    20,000 broken files for `runtests.py list`
#   make clean   remove what the above have made in this directory
# ARGS is handed on: make gate ARGS="--asterisk debian:bullseye -v"

PYTHON_IN_VENV := .venv/bin/python
RUN_STAMP := .venv/.requirements
DEV_STAMP := .venv/.requirements-dev
# Python keeps what it has compiled, unless PYTHONDONTWRITEBYTECODE is set, as in many containers: there each run would compile all again.
BYTECODE := .venv/.bytecode

# A Python that was upgraded or removed leaves an environment that does not start: then it is made anew.
$(shell $(PYTHON_IN_VENV) -ISc '' 2>/dev/null || rm -f $(RUN_STAMP) $(DEV_STAMP))

.PHONY: setup gate test lint docs bench fuzz clean

setup: $(RUN_STAMP)

gate: $(BYTECODE)
	@$(PYTHON_IN_VENV) runtests.py $(ARGS)

# Most of it waits for Asterisks: four processes take half the time of one on two processors. ARGS=-n0 is one.
test: lint $(BYTECODE)
	@$(PYTHON_IN_VENV) -m pytest -n 4 --dist loadfile $(ARGS)

lint: $(DEV_STAMP)
	@$(PYTHON_IN_VENV) -m ruff check --quiet .
	@$(PYTHON_IN_VENV) -m mypy

docs: $(RUN_STAMP)
	@PYTHONPATH=lib/python $(PYTHON_IN_VENV) -m callgate.suite.reference docs

bench: $(BYTECODE)
	@PYTHONPATH=lib/python $(PYTHON_IN_VENV) -m bench $(ARGS)

fuzz: $(DEV_STAMP)
	@PYTHONPATH=lib/python:. $(PYTHON_IN_VENV) -m self_test.fuzz $(ARGS)

clean:
	rm -rf .venv .callgate .mypy_cache .pytest_cache .ruff_cache .hypothesis build lib/python/callgate.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BYTECODE): $(RUN_STAMP) $(shell find lib/python bench -name '*.py')
	@$(PYTHON_IN_VENV) -m compileall -q lib/python bench
	@touch $@

$(RUN_STAMP): requirements.txt
	@lib/setup.sh $@ requirements.txt

$(DEV_STAMP): requirements.txt requirements-dev.txt
	@lib/setup.sh $@ requirements-dev.txt
	@touch $(RUN_STAMP)
