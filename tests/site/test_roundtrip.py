"""The app comes, stays the same through migrations, goes without a trace, and comes back the same.

It works as an admin does, by commands, on a site of its own.
"""

import pytest

from benches import APP, find_bench
from sites import Sites

SITE = "o2c-roundtrip.localhost"
MODULE = "CRM O2C"
# what background runs write at any time
AT_WORK = {"tabO2C Run Log", "tabO2C Run Chunk", "tabO2C Order Score"}
# what an admin does to what we seeded; a migrate must neither undo it nor bring back what is gone
ADMIN_EDITS = (
	"update `tabO2C Customer Tier` set factor = 3.5 where name = 'A'",
	"delete from `tabO2C Customer Tier` where name = 'C'",
	"update `tabCustom Field` set label = 'Rank', insert_after = 'customer_name' where fieldname = 'o2c_priority_band'",
	"update tabSingles set value = 17 where doctype = 'O2C Settings' and field = 'longest_boost'",
)


class RoundTrip:
	"""A site, and what can be seen of it from its database."""

	def __init__(self, sites: Sites):
		self.sites = sites

	def command(self, *arguments: str) -> None:
		self.sites.bench.frappe(SITE, *arguments)

	def rows(self, statement: str) -> set[tuple[str, ...]]:
		return set(self.sites.query(SITE, statement))

	def schema(self) -> set[tuple[str, ...]]:
		"""Every column and every index of the database."""
		here = "where table_schema = database()"
		return self.rows(
			"select 'column', table_name, column_name, column_type, is_nullable, column_default "
			f"from information_schema.columns {here}"
		) | self.rows(
			"select 'index', table_name, column_name, index_name, non_unique, seq_in_index "
			f"from information_schema.statistics {here}"
		)

	def records(self) -> set[tuple[str, ...]]:
		"""Our records, field by field: those of our DocTypes, and those of others that carry our module."""
		found = self.rows("select 'Singles', doctype, field, value from tabSingles where doctype like 'O2C %'")
		found |= self.rows("select 'Role', name, disabled, desk_access from tabRole where name like 'O2C %'")
		found |= self.rows(
			f"select 'Job', name, method, frequency, stopped from `tabScheduled Job Type` where method like '{APP}.%'"
		)
		for table in self.tables("like 'tabO2C %'") - AT_WORK:
			found |= {(table, *row) for row in self.rows(f"select * from `{table}`")}
		for table in self.tables_with_module():
			found |= {(table, *row) for row in self.rows(f"select * from `{table}` where module = '{MODULE}'")}
		return found

	def tables(self, which: str) -> set[str]:
		return {
			row[0]
			for row in self.rows(
				f"select table_name from information_schema.tables where table_schema = database() and table_name {which}"
			)
		}

	def tables_with_module(self) -> set[str]:
		"""The tables whose records can belong to a module."""
		statement = "select table_name from information_schema.columns where column_name = 'module' "
		return {row[0] for row in self.rows(statement + "and table_schema = database()")}

	def leftovers(self) -> set[tuple[str, ...]]:
		"""Records that should have gone with the app."""
		found = {r for r in self.records() if r[0] not in ("Role",)}
		found |= self.rows("select 'Custom Field', name from `tabCustom Field` where fieldname like 'o2c\\_%'")
		found |= self.rows("select 'Property Setter', name from `tabProperty Setter` where field_name like 'o2c\\_%'")
		found |= self.rows("select 'Workflow', name from tabWorkflow where name like 'O2C%'")
		found |= self.rows(
			"select 'Portal Menu Item', title, route from `tabPortal Menu Item` where title = 'Where is my order?'"
		)
		found |= self.rows("select 'Default', defkey from tabDefaultValue where defkey like 'o2c%'")
		found |= self.rows(f"select 'Module', name from `tabModule Def` where app_name = '{APP}'")
		return found | self.rows(
			f"select 'Installed', app_name from `tabInstalled Application` where app_name = '{APP}'"
		)


@pytest.fixture(scope="module")
def trip():
	sites = Sites(find_bench())
	sites.make(SITE)
	yield RoundTrip(sites)
	sites.drop(SITE)


def changes(before: set, after: set) -> dict[str, list]:
	"""What came and what went; empty where nothing did."""
	both = {"came": sorted(after - before), "went": sorted(before - after)}
	return {way: rows for way, rows in both.items() if rows}


def is_column_of_ours(row: tuple[str, ...]) -> bool:
	"""Frappe keeps the column of a custom field that is removed, and the data in it."""
	return row[2].startswith("o2c_")


def test_install_migrate_twice_uninstall_reinstall(trip):
	bare = trip.schema()
	trip.command("install-app", APP)
	installed = trip.schema()
	assert changes(bare, installed)
	for edit in ADMIN_EDITS:
		trip.rows(edit)
	kept = trip.records()
	assert kept

	for _ in range(2):
		trip.command("migrate", "--skip-search-index")
		assert not changes(installed, trip.schema())
		assert not changes(kept, trip.records())

	trip.command("uninstall-app", APP, "--yes", "--no-backup")
	assert not trip.leftovers()
	assert not trip.tables("like 'tabO2C %'")
	remains = trip.schema()
	assert not bare - remains
	assert not [row for row in remains - bare if not is_column_of_ours(row)]

	trip.command("install-app", APP)
	assert not changes(installed, trip.schema())
