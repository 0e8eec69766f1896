# The front door. Every target works from nothing but a clone: scripts/setup.sh installs what is missing.
BUILD ?= build

.PHONY: all setup run test sanitize bench lint fuzz install clean
all: setup
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) --buildtype=debugoptimized -Doptimization=3
	@ninja -C $(BUILD)

setup:
	@scripts/setup.sh

# A dataset of the example mug, in ./executions.
run: all
	@$(BUILD)/facet run --config examples/mug.yaml

test: all
	@scripts/test.sh $(BUILD)

# The tests again under the address, undefined behaviour and thread sanitizers.
sanitize: setup
	@scripts/sanitize.sh

# Every program of bench/, one after the other; minutes.
bench: all
	@scripts/bench.sh $(BUILD)

# Every parser against bytes that no one wrote, a minute each; needs clang.
fuzz:
	@scripts/setup.sh clang unzip
	@scripts/fuzz.sh

lint:
	@scripts/setup.sh clang-format clang-tidy
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) --buildtype=debugoptimized -Doptimization=3
	@scripts/lint.sh $(BUILD)

install: all
	@meson install -C $(BUILD)

clean:
	rm -rf build build-*
