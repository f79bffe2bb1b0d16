"""Several people at the same moment: each acts in a thread with a connection of its own."""

import os
import threading
from collections.abc import Callable

import frappe

PATIENCE = 30  # seconds for all


def at_once(*acts: Callable[[], object]) -> list[str]:
	"""Do all of these at the same moment and commit; what became of each: "done", or the name of its error."""
	barrier, found = threading.Barrier(len(acts)), {}
	site, path = frappe.local.site, os.getcwd()
	threads = [threading.Thread(target=_act, args=(site, path, n, act, barrier, found)) for n, act in enumerate(acts)]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join(PATIENCE)
	frappe.db.rollback()  # see what they have committed
	return [found.get(n, "never ended") for n in range(len(acts))]


def _act(site: str, path: str, number: int, act: Callable, barrier: threading.Barrier, found: dict[int, str]) -> None:
	frappe.init(site=site, sites_path=path)
	frappe.connect()
	frappe.flags.in_test = frappe.flags.mute_emails = True
	try:
		frappe.get_all("Sales Order", limit=1, order_by="name asc")  # the transaction's view of the data begins here
		barrier.wait(PATIENCE)
		act()
		frappe.db.commit()
		found[number] = "done"
	except Exception as e:
		found[number] = type(e).__name__
		frappe.db.rollback()
	finally:
		frappe.destroy()
