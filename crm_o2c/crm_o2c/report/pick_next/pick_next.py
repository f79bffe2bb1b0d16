"""What to pick next, by priority. Quantities only: the warehouse sees no prices."""

from typing import Any

from frappe import _

from crm_o2c import permissions
from crm_o2c.engine import picking as engine
from crm_o2c.services import picking


def execute(filters: dict[str, Any] | None = None) -> tuple[list[dict[str, Any]], list[dict[str, Any]], str | None]:
	"""Called by Frappe's report view, after a look at the roles of the report."""
	permissions.check_orders()
	given = filters or {}
	show = given.get("show") or picking.READY_NOW
	rows, more = picking.pick_next(
		given.get("company") or "", given.get("warehouse") or "", show if show in picking.SHOWN else picking.READY_NOW
	)
	words = _states()
	for row in rows:
		row["state_text"] = words[row["state"]]
	message = _("The first {0} lines are shown.").format(picking.MOST_ROWS) if more else None
	return _columns(), rows, message


def _states() -> dict[str, str]:
	return {
		engine.READY: _("Ready"),
		engine.PARTLY: _("Partly Ready"),
		engine.WAITS: _("Waiting for Stock"),
		engine.WAITS_FOR_REST: _("Waiting for the Rest"),
		picking.BEING_PICKED: _("Being Picked"),
	}


def _columns() -> list[dict[str, Any]]:
	return [
		{"fieldname": "rank", "label": _("Rank"), "fieldtype": "Int", "width": 60},
		{"fieldname": "priority", "label": _("Priority"), "fieldtype": "Data", "width": 85},
		_link("sales_order", _("Sales Order"), "Sales Order", 185),
		_link("item_code", _("Item"), "Item", 210),
		_qty("to_pick", _("To Pick")),
		_qty("ready", _("Ready")),
		{"fieldname": "uom", "label": _("UOM"), "fieldtype": "Data", "width": 65},
		{"fieldname": "state_text", "label": _("State"), "fieldtype": "Data", "width": 165},
		{"fieldname": "promised", "label": _("Promised"), "fieldtype": "Date", "width": 105},
		{"fieldname": "days_late", "label": _("Days Late"), "fieldtype": "Int", "width": 95},
		{"fieldname": "customer_name", "label": _("Customer"), "fieldtype": "Data", "width": 170},
		_link("ship_to", _("Ship To"), "Address", 170),
		_link("warehouse", _("Warehouse"), "Warehouse", 140),
		_qty("on_hand", _("On Hand")),
		_qty("set_aside", _("Set Aside")),
		_qty("drafted", _("On Draft Pick Lists")),
		_qty("picked", _("Picked")),
	]


def _link(fieldname: str, label: str, doctype: str, width: int) -> dict[str, Any]:
	return {"fieldname": fieldname, "label": label, "fieldtype": "Link", "options": doctype, "width": width}


def _qty(fieldname: str, label: str) -> dict[str, Any]:
	return {"fieldname": fieldname, "label": label, "fieldtype": "Float", "width": 90}
