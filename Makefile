# Every target is a line or two; the work is done by the scripts it names. `make help` lists them.
BUILD ?= build/dev
FUZZ_SECONDS ?= 60
# A sanitizer looks at the code, not at the odds: a few of the histories, and none on disks that are broken on purpose.
FEWER = TIDEGATE_SEEDS=200 GTEST_FILTER=-Mutant.*
FAST = --target tidegate_tests_unit tidegate_tests_simulation

.PHONY: help demo test check bootstrap build guest lint format bench fuzz soak asan tsan arm64 armhf package packagetest clean

help: ## this list
	@sed -n 's/^\([a-z0-9]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: bootstrap build/dev/build.ninja ## the whole way of a message, with real readings; ARGS="--seconds 20" ends soon
	cmake --build --preset dev --target tidegate_demo && tests/fleet/demo $(ARGS)

test: build guest ## all tests; the last line is N passed, N failed, N skipped
	tests/run --build $(BUILD)

check: build/dev/build.ninja ## the inner loop: build what changed, run the fast tests
	cmake --build --preset dev && tests/run --fast

bootstrap: # installs what is missing (as root or by sudo)
	toolchains/bootstrap

build: bootstrap build/dev/build.ninja # configures once and builds the dev preset
	cmake --build --preset dev

guest: bootstrap # the kernel of the guest whose power is cut; without it those tests are skipped
	-toolchains/guest-kernel

build/%/build.ninja: CMakePresets.json
	cmake --preset $*

lint: build ## format, include rules, lengths, headers, documents, clang-tidy
	tests/lint/lint.py

format: ## formats our sources in place
	git ls-files -co --exclude-standard '*.cpp' '*.hpp' | xargs clang-format-14 -i

bench: build ## measures; nothing in it is a test
	tests/bench/mqtt $(ARGS) && tests/bench/store && tests/bench/kafka

fuzz: bootstrap build/fuzz/build.ninja ## each parser of foreign bytes for FUZZ_SECONDS (60)
	cmake --build --preset fuzz && tests/fuzz/run $(FUZZ_SECONDS)

soak: build guest ## long: 100,000 messages to a Kafka that fails, 100,000 power-cut histories, 10,000 crash states, 200 guests whose power is cut, an hour of everything at once, an hour of fuzzing a parser
	TIDEGATE_SOAK=1 /usr/bin/python3 -m pytest -q -s -p no:cacheprovider tests/system/test_kafka.py tests/system/test_power_cut.py tests/system/test_guest_power_cut.py tests/system/test_hour.py
	TIDEGATE_SEEDS=100000 tests/run --only simulation --timeout 86400 && $(MAKE) fuzz FUZZ_SECONDS=3600

asan: bootstrap build/asan/build.ninja ## the fast tests under AddressSanitizer and UndefinedBehaviorSanitizer
	cmake --build --preset asan $(FAST) && $(FEWER) tests/run --fast --build build/asan

tsan: bootstrap build/tsan/build.ninja ## the fast tests under ThreadSanitizer
	cmake --build --preset tsan $(FAST) && $(FEWER) tests/run --fast --build build/tsan

arm64: bootstrap ## cross-builds, then runs the unit tests under qemu-aarch64
	toolchains/sysroot bookworm arm64 && cmake --fresh --preset arm64 && cmake --build --preset arm64 && tests/run --only unit --build build/arm64 --emulator "qemu-aarch64-static -L build/sysroot-bookworm-arm64"

armhf: bootstrap ## the same for 32-bit ARM, under qemu-arm
	toolchains/sysroot bookworm armhf && cmake --fresh --preset armhf && cmake --build --preset armhf && tests/run --only unit --build build/armhf --emulator "qemu-arm-static -L build/sysroot-bookworm-armhf"

package: bootstrap ## Debian packages for bookworm and trixie, amd64 and arm64, into build/package
	for release in bookworm trixie; do for arch in amd64 arm64; do firmware/package/build $$release $$arch || exit 1; done; done

packagetest: bootstrap ## slow, as root: installs, boots, uses, upgrades and purges those packages in clean roots
	tests/run --only package --timeout 7200

clean: ## removes every build (the sysroots stay in ~/.cache/tidegate)
	rm -rf build
