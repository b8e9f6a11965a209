# The door for people; programs call ./assay, whose exit code is the verdict (make turns every failure into its own 2).
# NAME=value arguments go on to ./assay, which rejects the names that it does not know.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run list prove data demo doctor bench test test-all test-kube golden check build registries clean clean-all packages \
	check-format check-lint check-types-k6 check-types-node

BIN := node_modules/.bin

# make keeps what was given on its command line in MAKEFLAGS, after " -- ", with a backslash before each blank and two
# dollars for one. `read` without -r undoes the former, so that names, blanks and quotes arrive as they were typed.
define assay
@arguments=(); \
case " $$MAKEFLAGS" in *' -- '*) read -a arguments <<< "$${MAKEFLAGS#*-- }" ;; esac; \
exec ./assay $(1) "$${arguments[@]//'$$$$'/'$$'}"
endef

help: ## this list
	@echo 'make <goal> [NAME=value ...]'; echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' Makefile | expand -t 14
	@echo; echo 'SCENARIO= SYSTEM= CASE= PROFILE= SEED= TARGET= BASE_URL= DURATION= and more: ./assay --help explains each.'

run: ## runs a case and judges it; alone: the baseline of the default system, on the bundled testbed
	$(call assay,run)

list: ## systems, scenarios, cases and criteria with their ids; JSON=1 for programs
	$(call assay,list)

prove: $(if $(filter 1,$(FOOL)),packages) ## plants each defect and shows the criterion that catches it; CLEAN=10 makes clean runs, FOOL=1 runs against pools that lie
	$(if $(filter 1,$(FOOL)),@LONG=1 $(BIN)/vitest run --project fooling $(ONLY),$(call assay,prove))

data: ## writes the data that runs of a system are made with, such as synthetic claims; SYSTEM=name
	$(call assay,data)

demo: ## shows in a minute what k6 alone lets through
	$(call assay,demo)

doctor: ## checks this machine and clears what a killed run left behind
	$(call assay,doctor)

bench: ## what our own code costs: requests per CPU-second beside plain k6, and memory per virtual user
	$(call assay,bench)

test: packages ## what decides a change: all that needs no quiet machine, and a fixed part of what measures
	@$(BIN)/vitest run

test-all: packages ## the tests that take long or need the machine for themselves; ONLY=part of a path for some of them
	@LONG=1 $(BIN)/vitest run $(ONLY)

test-kube: packages ## faults in pods, on a one-node Kubernetes: deploy/kind, or the scripts in CLUSTER=
	@KUBE=1 $(BIN)/vitest run --project kube

golden: packages ## records the runs of test/fixtures/golden anew, on a quiet machine; ONLY=s1,slow-tenth for some of them
	@LONG=1 GOLDEN=1 $(BIN)/vitest run --project golden

check: packages ## format, lint and types
	@$(MAKE) --no-print-directory -k -j4 $(if $(filter output-sync,$(.FEATURES)),-Otarget) \
		check-types-node check-types-k6 check-format check-lint

check-format:
	@$(BIN)/prettier --check --log-level warn .

check-lint:
	@$(BIN)/oxlint --deny-warnings

check-types-k6:
	@$(BIN)/tsc -p tsconfig.k6.json

check-types-node:
	@$(BIN)/tsc -p tsconfig.node.json

registries: packages ## lists what registry folders hold, such as faults/drivers, anew
	@node scripts/build/registries.mjs

build: ## the bundles in dist/ (the programs in bin/ are built when a run needs them)
	@node scripts/build/prepare.mjs build

packages:
	@node scripts/build/prepare.mjs packages

clean: ## removes dist/; reports and programs stay
	rm -rf dist

clean-all: clean ## removes reports/, bin/ and node_modules/ too
	rm -rf reports bin node_modules
