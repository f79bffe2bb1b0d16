"""ERPNext's portal lists, without the app's own fields.

`frappe.www.list.get` hands a customer his whole Sales Orders as JSON, all custom fields included. What we keep on an
order is for the company's eyes, so the same answer goes out without it.
"""

import json
from typing import Any

import frappe
from frappe.www import list as portal_list

PREFIX = "o2c_"


@frappe.whitelist(allow_guest=True, methods=["GET", "POST"])
def get(
	doctype: str,
	txt: str | None = None,
	limit_start: int = 0,
	limit: int = 20,
	pathname: str | None = None,
	**kwargs: Any,
) -> dict[str, Any]:
	"""Frappe's own list page, row by row; permission is checked there."""
	answer = portal_list.get(doctype, txt=txt, limit_start=limit_start, limit=limit, pathname=pathname, **kwargs)
	if answer.get("raw_result"):
		answer["raw_result"] = json.dumps(without_own_fields(json.loads(answer["raw_result"])))
	return answer


@frappe.whitelist(allow_guest=True, methods=["GET", "POST"])
def get_list_data(
	doctype: str, txt: str | None = None, limit_start: int = 0, limit: int = 20, **kwargs: Any
) -> list[dict[str, Any]]:
	"""Frappe's own list data; permission is checked there."""
	rows = portal_list.get_list_data(doctype, txt=txt, limit_start=limit_start, limit=limit, **kwargs)
	return without_own_fields([row.as_dict() if hasattr(row, "as_dict") else row for row in rows])


def without_own_fields(value: Any) -> Any:
	"""Drop every key of ours, at any depth."""
	if isinstance(value, dict):
		return {k: without_own_fields(v) for k, v in value.items() if not k.startswith(PREFIX)}
	return [without_own_fields(v) for v in value] if isinstance(value, list) else value
