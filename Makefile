# SPDX-License-Identifier: Apache-2.0
# A thin front for meson and ninja, which do the work in build/. `make help` lists the targets.

BUILD   ?= build
PREFIX  ?= /usr
DESTDIR ?=
TEST    ?=
FUZZ_SECONDS ?= 60

# In CI a warning is an error.
MESON_OPTIONS = --prefix=$(PREFIX) $(if $(filter true,$(CI)),--werror)

.PHONY: all help deps deps-test deps-guest deps-bench demo with-tests check check-unit check-functional \
	check-guest check-asan bench fuzz install format check-format clean

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

help:
	@sed -n 's/^#: //p' Makefile

#: make                     build into build/; run build/rkt from there
#: make deps                install the Debian packages the build needs
#: make demo                install, build, make two small images and run a pod from each
#: make check               install what the tests need and run all of them
#: make check-unit          unit tests only
#: make check-functional    functional tests only; TEST=NAME for one file or a part of a test's name
#: make check-guest         the tests that need systemd and control groups of v2, in a virtual machine
#: make check-asan          unit tests built with the address and undefined behaviour sanitizers
#: make bench               compare with other engines and rewrite docs/performance.md
#: make fuzz                run every fuzzer for FUZZ_SECONDS (60) each
#: make install             install under DESTDIR and PREFIX (/usr)
#: make format              let clang-format format the sources
#: make clean               remove everything that was built

$(BUILD)/build.ninja:
	@command -v meson >/dev/null || { echo 'meson is not installed: run "make deps" first' >&2; exit 1; }
	meson setup $(BUILD) $(MESON_OPTIONS)

deps:
	tools/install-packages build

deps-test:
	tools/install-packages build test

deps-bench:
	tools/install-packages build test bench

demo: deps
	@$(MAKE) --no-print-directory all
	tools/demo $(BUILD)

# A tree that was configured before cmocka was there has no unit tests: it must not stay so.
with-tests: deps-test $(BUILD)/build.ninja
	@test -e $(BUILD)/.with-tests || { meson configure $(BUILD) -Dtests=enabled && touch $(BUILD)/.with-tests; }
	ninja -C $(BUILD)

# Without these the tests in the guest are skipped.
deps-guest: deps-test
	-tools/install-packages guest

check: with-tests deps-guest
	tests/run --build $(BUILD) unit functional guest checks

check-unit: with-tests
	tests/run --build $(BUILD) unit

check-functional: with-tests
	tests/run --build $(BUILD) $(if $(TEST),--match '$(TEST)') functional

check-guest: with-tests deps-guest
	tests/run --build $(BUILD) guest

check-asan: deps-test
	@test -e $(BUILD)-asan/build.ninja || meson setup $(BUILD)-asan --werror -Dtests=enabled \
		-Db_sanitize=address,undefined -Db_lundef=false
	ninja -C $(BUILD)-asan
	tests/run --build $(BUILD)-asan unit

bench: deps-bench
	@test -e $(BUILD)-bench/build.ninja || meson setup $(BUILD)-bench --buildtype=release -Dtests=disabled
	ninja -C $(BUILD)-bench all bench/bench-index
	bench/run --build $(BUILD)-bench --report docs/performance.md

fuzz: deps-test
	@test -e $(BUILD)-fuzz/build.ninja || CC=clang meson setup $(BUILD)-fuzz -Dfuzz=true \
		-Dtests=disabled -Db_lundef=false
	ninja -C $(BUILD)-fuzz fuzzers
	tests/fuzz/run --build $(BUILD)-fuzz --seconds $(FUZZ_SECONDS)

install: all
	meson configure $(BUILD) --prefix=$(PREFIX)
	ninja -C $(BUILD)
	DESTDIR=$(DESTDIR) meson install -C $(BUILD) --no-rebuild

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

check-format:
	clang-format --dry-run --Werror $$(git ls-files '*.c' '*.h')

clean:
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-bench $(BUILD)-fuzz
