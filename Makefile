# The front door. Every target works from nothing but a clone: scripts/setup.sh installs what is missing.
BUILD ?= build

.PHONY: all setup run test bench lint fuzz install clean
all: setup
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD)
	@ninja -C $(BUILD)

setup:
	@scripts/setup.sh

test: all
	@scripts/test.sh $(BUILD)

lint: setup
	@scripts/lint.sh

install: all
	@meson install -C $(BUILD)

clean:
	rm -rf build build-*
