#!/bin/sh
# Lint (`check`) or format (`format`) the JavaScript and CSS with Biome, at the version tools/js/package-lock.json names.
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

if [ ! -x $home/node_modules/.bin/biome ] || [ $home/package-lock.json -nt $home/node_modules/.package-lock.json ]; then
	npm ci --prefix $home --silent --no-audit --no-fund
fi

case "${1:-check}" in
	format) exec $home/node_modules/.bin/biome check --write --no-errors-on-unmatched crm_o2c ;;
	*) exec $home/node_modules/.bin/biome check --no-errors-on-unmatched --error-on-warnings crm_o2c ;;
esac
