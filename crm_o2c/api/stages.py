"""Stages of orders: put in by hand, the board, and what a stage's rule may ask."""

from typing import Any

import frappe

from crm_o2c import permissions
from crm_o2c.services import stage_board, stage_book, stage_trial, stages


@frappe.whitelist(methods=["POST"])
def put_order(order: str, stage: str, reason: str = "") -> None:
	"""Put an order in a stage that has no rule. It takes the permission to change the order."""
	permissions.check_order(order, "write")
	stages.put(order, stage, reason)


@frappe.whitelist(methods=["POST"])
def take_out(order: str, reason: str = "") -> None:
	"""Take an order out of the stage that it was put in by hand. It takes the permission to change the order."""
	permissions.check_order(order, "write")
	stages.take_out(order, reason)


@frappe.whitelist(methods=["GET"])
def get_board(filters: str | dict[str, Any] | None = None) -> dict[str, Any]:
	"""The stage board: each stage with its count, value and first orders. `filters` may hold company, customer, mine, late."""
	permissions.check_orders()
	return stage_board.get_board(frappe.parse_json(filters) or {})


@frappe.whitelist(methods=["GET"])
def get_cards(stage: str, filters: str | dict[str, Any] | None = None, start: int = 0) -> dict[str, Any]:
	"""Further orders of one column of the board."""
	permissions.check_orders()
	return stage_board.get_cards(stage, frappe.parse_json(filters) or {}, start)


@frappe.whitelist(methods=["GET"])
def get_fields() -> list[dict[str, str]]:
	"""What the rule of a stage may ask, with what it means. For who may read stages."""
	frappe.has_permission("O2C Stage", "read", throw=True)
	return stage_trial.meanings()


@frappe.whitelist(methods=["POST"])
def try_stage(stage: str | dict[str, Any]) -> dict[str, Any]:
	"""How many open orders would be in which stage with this one as it is typed. Nothing is saved."""
	frappe.has_permission("O2C Stage", "write", throw=True)
	return stage_trial.try_stage(frappe.parse_json(stage))


@frappe.whitelist(methods=["GET"])
def get_stages() -> list[dict[str, Any]]:
	"""The stages in use with their labels and colours, for lists. For who may read Sales Orders."""
	permissions.check_orders()
	return stage_book.shown()
