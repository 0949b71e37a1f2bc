# jobd. `make` alone lists what there is.
SHELL := /bin/sh
export JOBD_WARNINGS_AS_ERRORS := 1
PREFIX ?= /usr/local
DESTDIR ?=
# For bash, zsh and fish, where Debian's look.
COMPLETIONS := /usr/share/bash-completion/completions/jobd /usr/share/zsh/vendor-completions/_jobd \
  /usr/share/fish/vendor_completions.d/jobd.fish

.PHONY: help setup build release test unit integration fuzz demo lint format check-imports crash disk clock burst idle \
  sim soak faults bench benchmarks install uninstall clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | awk -F '\t' '{ printf "  %-14s %s\n", $$1, $$2 }'

setup: ## install the system packages (Debian; asks for root through sudo)
	@scripts/setup

build: setup ## build jobd for development
	swift build

# One program with Swift's libraries inside. Names of functions stay in it, for the stack of a crash; lines do not, nor a
# table of symbols for the loader.
RELEASE_FLAGS := --static-swift-stdlib -Xswiftc -use-ld=lld -Xlinker --no-export-dynamic -Xlinker --strip-debug

release: setup ## build jobd for use: .build/release/jobd
	env -u JOBD_WARNINGS_AS_ERRORS swift build -c release --product jobd $(RELEASE_FLAGS)

demo: build ## jobd on this machine with no AWS: jobs that succeed, fail, retry and notify, within a minute
	@demo/run

test: ## everything: unit tests, the emulators, real clients, a daemon that is killed
	@scripts/setup --tests
	swift build --build-tests --explicit-target-dependency-import-check error
	swift test --skip-build --parallel
	scripts/repeat-seeds .build/debug/simulate
	.build/debug/simulate --shape minutes --count 2000 --workers $$(nproc)
	.build/debug/simulate --shape hours --count 100 --workers $$(nproc)
	.build/debug/simulate --shape days --count 5 --workers $$(nproc)
	@$(MAKE) --no-print-directory integration

unit: ## the Swift tests alone
	swift test --parallel

integration: ## the built binary against moto, MiniStack, boto3 and SIGKILL
	@scripts/setup --tests
	@scripts/venv moto
	@scripts/venv ministack
	@scripts/venv clients
	@.venv-clients/bin/python Tests/integration/run.py

SIMULATE = .build/release/simulate $(addprefix --shape ,$(SHAPE))

# SEED and SHAPE are for one that failed.
sim: ## simulations of jobd under one clock, COUNT seeds (default 1000); SEED=4711 repeats one, with a trace
	@scripts/setup
	env -u JOBD_WARNINGS_AS_ERRORS swift build -c release --product simulate $(RELEASE_FLAGS)
	@$(SIMULATE) $(if $(SEED),--seed $(SEED) --trace,--count $(or $(COUNT),1000))

soak: SHAPE := $(or $(SHAPE),weeks)
soak: ## simulations until JOB_DAYS jobs times days are over (default 1,000,000, up to an hour), from SEED on
	@scripts/setup
	env -u JOBD_WARNINGS_AS_ERRORS swift build -c release --product simulate $(RELEASE_FLAGS)
	@$(SIMULATE) $(addprefix --seed ,$(SEED)) --job-days $(or $(JOB_DAYS),1000000) --workers $$(nproc)

faults: ## mistakes in a copy of jobd: the simulations find each (half an hour); FAULT names one, WRITE=1 records all
	@scripts/setup
	@python3 Tests/DeliberateFaults/run.py $(FAULT) $(if $(WRITE),--write)

fuzz: ## every parser against made-up input, SECONDS each (default 60); TARGET names one
	@scripts/setup
	@python3 Tests/Fuzzing/run.py --seconds $(or $(SECONDS),60) $(addprefix --target ,$(TARGET))

crash: build ## SIGKILL, KILLS times (default 1000), and SIGTERM; behind a bad network; the simulator's log is the judge
	@scripts/setup --tests
	@python3 Tests/integration/crash.py --kills $${KILLS:-1000}
	@python3 Tests/integration/ending.py

disk: build ## a disk that is full, read-only, torn or spoiled (mounts small file systems: as root)
	@scripts/setup --tests
	@python3 Tests/integration/disk.py

clock: build ## the clock stepped by an hour, over daylight-saving nights, by ten years
	@scripts/setup --tests
	@python3 Tests/integration/clock.py

burst: build ## JOBS jobs due in one second (default 1000): the time from due to RunTask
	@scripts/setup --tests
	@python3 Tests/integration/burst.py --jobs $${JOBS:-1000}

idle: build ## memory and processor time of a daemon with 10,000 schedules; of the release build where there is one
	@python3 Tests/integration/idle.py

bench: release ## measure jobd and its peers: Benchmarks/results, docs/performance.md; 45 minutes on a machine at rest
	@$(MAKE) --no-print-directory benchmarks
	@python3 Benchmarks/run.py

bench-%: release ## one part: make bench-commits
	@$(MAKE) --no-print-directory benchmarks
	@python3 Benchmarks/run.py $*

# What `make bench` runs besides the release build.
benchmarks:
	@scripts/setup --tests
	@scripts/venv peers
	swift build -c release --package-path Benchmarks

# Time is passed in: what asks a clock, or sleeps, stands in one file alone, beside what systemd wants to be told.
CLOCKS := Sources/JobModel/Ports/SystemTime.swift|Sources/JobDaemon/Daemon/SystemdNotifier.swift

lint: ## formatting and style; who asks a clock; whether the deliberate faults fit the sources
	swift format lint --strict --recursive Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources
	@! grep -rnE 'Date\(\)|Date\.now|(Continuous|Suspending)Clock|Dispatch(Wall)?Time|asyncAfter|clock_gettime|gettimeofday|Task\.sleep|[un][a-z]*sleep\(' \
	  --include='*.swift' Sources | grep -vE '^($(CLOCKS)):'
	@python3 Tests/DeliberateFaults/run.py --fit

format: ## format everything
	swift format --in-place --recursive Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources

check-imports: ## no target imports what it does not declare
	swift build --build-tests --explicit-target-dependency-import-check error

install: ## install the release build, the unit, the user and an example (as root)
	@test -x .build/release/jobd || { echo "install: build first: make release" >&2; exit 1; }
	install -D -m 0755 .build/release/jobd $(DESTDIR)$(PREFIX)/bin/jobd
	install -d $(DESTDIR)/etc/jobd $(DESTDIR)$(PREFIX)/share/doc/jobd/docs
	install -D -m 0644 deploy/systemd/jobd.service $(DESTDIR)/etc/systemd/system/jobd.service
	sed -i 's#/usr/local#$(PREFIX)#g' $(DESTDIR)/etc/systemd/system/jobd.service
	install -D -m 0644 deploy/systemd/jobd.sysusers.conf $(DESTDIR)/usr/lib/sysusers.d/jobd.conf
	install -D -m 0644 deploy/systemd/jobd.tmpfiles.conf $(DESTDIR)/usr/lib/tmpfiles.d/jobd.conf
	install -m 0644 deploy/systemd/jobs.example.yaml $(DESTDIR)/etc/jobd/jobs.example.yaml
	install -m 0644 README.md ARCHITECTURE.md CONTRIBUTING.md $(DESTDIR)$(PREFIX)/share/doc/jobd/
	install -m 0644 docs/*.md $(DESTDIR)$(PREFIX)/share/doc/jobd/docs/
	install -d $(addprefix $(DESTDIR),$(dir $(COMPLETIONS)))
	.build/release/jobd --generate-completion-script bash > $(DESTDIR)$(word 1,$(COMPLETIONS))
	.build/release/jobd --generate-completion-script zsh > $(DESTDIR)$(word 2,$(COMPLETIONS))
	.build/release/jobd --generate-completion-script fish > $(DESTDIR)$(word 3,$(COMPLETIONS))
	@if [ -z "$(DESTDIR)" ] && [ -d /run/systemd/system ]; then \
	  systemd-sysusers && systemd-tmpfiles --create jobd.conf && systemctl daemon-reload; fi
	@echo "installed. Next: cp /etc/jobd/jobs.example.yaml /etc/jobd/jobs.yaml, edit it, jobd check, systemctl enable --now jobd"

uninstall: ## remove what install put there; jobs and state stay
	rm -f $(DESTDIR)$(PREFIX)/bin/jobd $(DESTDIR)/etc/systemd/system/jobd.service \
	  $(DESTDIR)/usr/lib/sysusers.d/jobd.conf $(DESTDIR)/usr/lib/tmpfiles.d/jobd.conf \
	  $(addprefix $(DESTDIR),$(COMPLETIONS))
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/jobd

clean: ## remove what was built
	rm -rf .build .build-faults .build-fuzz Benchmarks/.build .venv-*
