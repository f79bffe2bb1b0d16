#!/bin/sh
# Lint (`check`) or format (`format`) the JavaScript and CSS with Biome, at the version that package-lock.json names.
set -eu
cd "$(dirname "$0")/.."

if ! command -v npm >/dev/null 2>&1; then
	echo "!! Node.js is not installed: the JavaScript is NOT checked." >&2
	if [ -n "${CI:-}" ]; then
		exit 1
	fi
	exit 0
fi

if [ ! -x node_modules/.bin/biome ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
	npm ci --silent --no-audit --no-fund
fi

case "${1:-check}" in
	format) exec node_modules/.bin/biome check --write --no-errors-on-unmatched crm_o2c ;;
	*) exec node_modules/.bin/biome check --no-errors-on-unmatched --error-on-warnings crm_o2c ;;
esac
