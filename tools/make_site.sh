#!/bin/bash
# A whole local ERPNext with CRM O2C and demo data, by the ordinary bench commands; then start it.
#
# What may be set (the defaults are upstream's):
#   BENCH_DIR        where the bench goes                (~/o2c-bench)
#   SITE             name of the site                    (o2c.localhost)
#   FRAPPE_REPO, FRAPPE_BRANCH, ERPNEXT_REPO, ERPNEXT_BRANCH, APP_REPO
#   O2C_DB_ROOT_PASSWORD                                 MariaDB's root password (bench asks where it is not set)
#   ADMIN_PASSWORD   of the site's Administrator         (admin)
#   O2C_NO_DEMO=1    no demo data
#   O2C_NO_START=1   set up, but start nothing
set -euo pipefail

BENCH_DIR="${BENCH_DIR:-$HOME/o2c-bench}"
SITE="${SITE:-o2c.localhost}"
FRAPPE_REPO="${FRAPPE_REPO:-https://github.com/frappe/frappe}"
FRAPPE_BRANCH="${FRAPPE_BRANCH:-version-15}"
ERPNEXT_REPO="${ERPNEXT_REPO:-https://github.com/frappe/erpnext}"
ERPNEXT_BRANCH="${ERPNEXT_BRANCH:-version-15}"
CHECKOUT="$(cd "$(dirname "$0")/.." && pwd)"
APP_REPO="${APP_REPO:-$CHECKOUT}"
ADMIN_PASSWORD="${ADMIN_PASSWORD:-admin}"

stop() {
	echo "!! $1" >&2
	echo "!! Without ERPNext you can still see the engine at work: make demo" >&2
	exit 1
}

need() {
	command -v "$1" >/dev/null 2>&1 || stop "$1 is not installed. $2"
}

reachable() {
	GIT_TERMINAL_PROMPT=0 timeout 20 git ls-remote --exit-code --heads "$1" "$2" >/dev/null 2>&1 \
		|| stop "Branch $2 of $1 can't be reached. Name another source with $3_REPO and $3_BRANCH."
}

# bench itself refuses, unless the bench names the user it runs as
if [ "$(id -u)" = 0 ] && ! grep -qs '"frappe_user"' "$BENCH_DIR/sites/common_site_config.json"; then
	stop "bench does not run as root: run make site as an ordinary user."
fi
need git "Install it with your system's packages."
need bench "Install it: pipx install frappe-bench (see https://docs.frappe.io/framework/user/en/installation)."
need node "ERPNext 15 needs Node.js 18 or newer."
need yarn "Install it: npm install --global yarn."
need redis-server "Install it with your system's packages."
[ -d "$BENCH_DIR/apps/frappe" ] || reachable "$FRAPPE_REPO" "$FRAPPE_BRANCH" FRAPPE
[ -d "$BENCH_DIR/apps/erpnext" ] || reachable "$ERPNEXT_REPO" "$ERPNEXT_BRANCH" ERPNEXT

[ -d "$BENCH_DIR/apps/frappe" ] \
	|| bench init --frappe-path "$FRAPPE_REPO" --frappe-branch "$FRAPPE_BRANCH" "$BENCH_DIR"
cd "$BENCH_DIR"
[ -d apps/erpnext ] || bench get-app --branch "$ERPNEXT_BRANCH" erpnext "$ERPNEXT_REPO"
[ -d apps/crm_o2c ] || bench get-app crm_o2c "$APP_REPO"

# Installing an app and the demo data's background work talk to the bench's Redis servers.
services=()
for name in cache queue; do
	port="$(sed -n 's/^port //p' "config/redis_$name.conf")"
	if ! redis-cli -p "$port" ping >/dev/null 2>&1; then
		redis-server "config/redis_$name.conf" >/dev/null 2>&1 &
		services+=("$!")
	fi
done
release() {
	# `bench start` runs its own
	if [ "${#services[@]}" -gt 0 ]; then
		kill "${services[@]}" 2>/dev/null || true
		wait "${services[@]}" 2>/dev/null || true
		services=()
	fi
}
trap release EXIT

if [ ! -d "sites/$SITE" ]; then
	new_site=(bench new-site "$SITE" --admin-password "$ADMIN_PASSWORD" --install-app erpnext)
	[ -z "${O2C_DB_ROOT_PASSWORD:-}" ] || new_site+=(--db-root-password "$O2C_DB_ROOT_PASSWORD")
	"${new_site[@]}"
	(cd sites && ../env/bin/python "$CHECKOUT/tools/complete_setup.py" "$SITE" \
		"${COMPANY:-O2C Demo}" "${COMPANY_ABBR:-OD}" "${COUNTRY:-United States}" "${CURRENCY:-USD}" \
		"${TIME_ZONE:-America/New_York}")
fi
bench --site "$SITE" list-apps | grep -q '^crm_o2c' || bench --site "$SITE" install-app crm_o2c
bench --site "$SITE" enable-scheduler
if [ -z "${O2C_NO_DEMO:-}" ] && [ ! -e "sites/$SITE/.o2c-demo-data" ]; then
	bench --site "$SITE" o2c-demo-data
	touch "sites/$SITE/.o2c-demo-data"
fi
bench use "$SITE"
# bench init chose a free one
port="$(env/bin/python -c 'import json; print(json.load(open("sites/common_site_config.json")).get("webserver_port", 8000))')"
release

echo
echo "ERPNext with CRM O2C: http://$SITE:$port/app/order-to-cash"
echo "Log in as Administrator with the password: $ADMIN_PASSWORD"
echo "Start it again later: cd $BENCH_DIR && bench start"
[ -n "${O2C_NO_START:-}" ] || exec bench start
