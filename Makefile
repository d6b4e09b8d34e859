# Everything a newcomer or CI runs. `make demo` and `make test` need python3 >= 3.11 and make, nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKS := requirements requirements-audit requirements-dev
# The files name all that is needed; looking for dependencies itself, pip asks for a hash of sqlalchemy[asyncio] again.
REQUIREMENTS := --no-deps --require-hashes $(LOCKS:%=-r deployments/%.txt)
OURS := --no-deps --no-build-isolation --editable .
export UV_SYSTEM_CERTS := true
unexport VIRTUAL_ENV
# Where Python may keep no bytecode, each process compiles all that it imports: Great Expectations takes thrice the time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup lock audit demo test test-slow test-long test-faults check fuzz bench bench-compare docs deploy image clean

# What goes before a command that may take long: a line with what it is about, at once and every 4 s until it has ended.
TELLING = echo "$(1) ..."; n=0; while sleep 4 >/dev/null 2>&1; do n=$$((n + 4)); echo "$(1): still at it after $$n s"; done & trap "kill $$!" EXIT;

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml deployments/requirements-build.txt $(LOCKS:%=deployments/%.txt)
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "python3 >= 3.11 is needed, this is " + sys.version.split()[0] + "; name another with: make PYTHON=/path/to/python3 ...")'
	@echo "setting up $(VENV): half a minute, or a few where the packages have to be fetched ..."
	@$(call TELLING,its Python) $(PYTHON) -m venv $(VENV)
	@$(call TELLING,what installs packages) $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r deployments/requirements-build.txt
	@$(call TELLING,the packages) $(BIN)/uv pip install --quiet --python $(BIN)/python $(REQUIREMENTS) || $(BIN)/python -m pip install --quiet $(REQUIREMENTS)
	@$(call TELLING,sparkify) $(BIN)/uv pip install --quiet --python $(BIN)/python $(OURS) || $(BIN)/python -m pip install --quiet $(OURS)
	@touch $@

# Pins what pyproject.toml asks for, with the hash of every file that the registry has of it, for all platforms. What is
# pinned stays so; name what to renew by make lock RENEW="-P boto3 -P botocore", or everything by make lock RENEW=-U.
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate
lock: setup
	@cd deployments && ../$(LOCK) $(RENEW) -o requirements.txt ../pyproject.toml
	@cd deployments && ../$(LOCK) $(RENEW) -o requirements-build.txt --group ../pyproject.toml:build
	@cd deployments && ../$(LOCK) $(RENEW) -o requirements-audit.txt --group ../pyproject.toml:audit -c requirements.txt
	@cd deployments && ../$(LOCK) $(RENEW) -o requirements-dev.txt --group ../pyproject.toml:dev \
	    -c requirements.txt -c requirements-audit.txt

demo:
	@echo "A month of an invented lake is written and loaded: two or three minutes the first time, with .venv; then seconds."
	@$(MAKE) --no-print-directory setup
	@$(BIN)/sparkify etl
	@printf "\nThe five artists played most (sparkify sql):\n"
	@$(BIN)/sparkify sql "SELECT artist_name, COUNT(*) AS plays, COUNT(DISTINCT user_id) AS listeners \
	    FROM songplays GROUP BY artist_name ORDER BY plays DESC, artist_name LIMIT 5"
	@printf "\nTo look at it: .venv/bin/sparkify insights. For a lake of your own instead of the invented one:\n"
	@printf "    .venv/bin/sparkify etl --replace-sample --events s3://my-bucket/log_data --songs s3://my-bucket/song_data\n"

test: setup
	@$(BIN)/pytest

# What `make test` leaves out: commands in processes of their own, deployments, crashes, a browser. They wait a lot, so
# three go at a time.
test-slow: setup
	@$(BIN)/pytest -m "slow and not long" --dist loadfile --no-loadscope-reorder -n 3

# The same, and variants of its tests; every test of a flow with Prefect's engine too; every statement lost, not some;
# more lakes; more kills.
test-long: setup
	@SPARKIFY_TEST_LAKES=500 SPARKIFY_TEST_STRIDE=1 SPARKIFY_TEST_KILLS=50 $(BIN)/pytest -m slow --dist loadfile --no-loadscope-reorder

# Each planted fault of tests/faults must be caught by its fast tests; some of them: make test-faults FAULTS="budget week"
test-faults: setup
	@$(BIN)/python -m tests.faults $(FAULTS)

check: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint --disable-progress-bar sql

# Known vulnerabilities of what is pinned. Where the registry tells none: make audit ADVISORIES=/folder/of/osv
export ADVISORIES
audit: setup
	@$(BIN)/python -m tests.advisories

FUZZ_SECONDS ?= 60
fuzz: setup
	@$(BIN)/uv pip install --quiet --python $(BIN)/python atheris==3.0.0
	@$(BIN)/python -m tests.fuzz -max_total_time=$(FUZZ_SECONDS) -max_len=1000 -timeout=20 -print_final_stats=1

# Names rows and sizes like this: make bench ROWS="etl validation" SIZE=100000 ROUNDS=3; make bench-compare WITH=1a2b3c4
bench: setup
	@$(BIN)/python -m tests.benchmarks run $(ROWS) $(if $(SIZE),--size $(SIZE)) $(if $(ROUNDS),--rounds $(ROUNDS))

bench-compare: setup
	@$(BIN)/python -m tests.benchmarks compare $(if $(WITH),--with $(WITH))

# The pages of the commands, the data dictionary and the contracts of it, and the picture of the report on the sample lake, which needs chromium.
docs: setup
	@$(BIN)/python -m cli.page
	@$(BIN)/python -m reports.dictionary
	@$(BIN)/python -m reports.column_lineage
	@$(BIN)/python -m reports.contracts
	@$(BIN)/sparkify etl
	@$(BIN)/python -m tests.browser "$$($(BIN)/sparkify insights)" reports/report.png

# What it needs and what it does: python -m deployments --help. Name settings after it: make deploy SPARKIFY_ALERTS=...
deploy: setup
	@$(BIN)/python -m deployments

image:
	@docker build --file deployments/Dockerfile $(if $(BASE),--build-arg BASE=$(BASE)) --tag sparkify-warehouse .

clean:
	@[ ! -x $(BIN)/sparkify ] || $(BIN)/sparkify stop || true
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
