#!/bin/sh
# Lint (`check`) or format (`format`) the JavaScript and CSS with Biome, at the exact version tools/js/package.json names.
# package.json is not at the root: every bench that gets the app would install what it names.
set -eu
cd "$(dirname "$0")/.."
home=tools/js

if ! command -v npm >/dev/null 2>&1; then
	echo "!! Node.js is not installed: the JavaScript is NOT checked." >&2
	if [ -n "${CI:-}" ]; then
		exit 1
	fi
	exit 0
fi

# No lock file: Biome has no dependencies but its own binaries, which it pins, and a lock made on one platform misses the others.
if [ ! -x $home/node_modules/.bin/biome ] || [ $home/package.json -nt $home/node_modules/.package-lock.json ]; then
	npm install --prefix $home --no-package-lock --loglevel=error --no-audit --no-fund
fi

case "${1:-check}" in
	format) exec $home/node_modules/.bin/biome check --write --no-errors-on-unmatched crm_o2c ;;
	*) exec $home/node_modules/.bin/biome check --no-errors-on-unmatched --error-on-warnings crm_o2c ;;
esac
