# `make run` plays, `make test` checks. Both make their environment from the lock files.
PYTHON ?= python3

.PHONY: run test check audit lock format help

help:
	@echo "make run     play on http://127.0.0.1:8000 (PORT=9000 for another port)"
	@echo "make test    run every test; PostgreSQL and Redis included when they answer"
	@echo "make check   format, lint, types and import contracts"
	@echo "make audit   known vulnerabilities of what the lock files name; part of make check"
	@echo "make format  rewrite the Python files in the house style"
	@echo "make lock    resolve requirements/*.in into the lock files"

run:
	@exec $(PYTHON) tools/run.py

test:
	@exec $(PYTHON) tools/test.py $(ARGS)

check:
	@exec $(PYTHON) tools/check.py

audit:
	@exec $(PYTHON) tools/audit.py

format:
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

lock:
	@.venv/bin/python -m pip install --quiet uv
	@cd requirements && set -e && for name in base models production test; do \
		../.venv/bin/uv pip compile --quiet --no-annotate --no-header --python-version 3.11 \
			--upgrade $$name.in -o $$name.txt; \
		sed -i.bak 's/^torch==\(.*\)+cpu$$/torch==\1/' $$name.txt; rm $$name.txt.bak; done
