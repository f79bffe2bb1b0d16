"""How long work in the background reads: what is committed, without locks."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe


@contextmanager
def reading_committed() -> Iterator[None]:
	"""Each statement sees what is committed by then, and what is read for an insert is not locked: documents stay free to be
	saved. Temporary tables may be larger meanwhile."""
	frappe.db.sql(
		"set session tx_isolation = 'READ-COMMITTED', tmp_table_size = 67108864, max_heap_table_size = 67108864"
	)
	frappe.db.commit()  # the setting is for the next transaction  # nosemgrep
	try:
		yield
	finally:
		frappe.db.sql("set session tx_isolation = default, tmp_table_size = default, max_heap_table_size = default")
