"""The stages as the engine knows them, read from O2C Stage and kept in Redis."""

import json
from dataclasses import asdict
from functools import lru_cache

import frappe
from frappe import _

from crm_o2c.engine.stages import Stage, StageBook
from crm_o2c.services.context import drop_texts, kept_text

DOCTYPE = "O2C Stage"
CACHE_KEY = "o2c_stages"


def get_book() -> StageBook:
	"""The enabled stages of this site."""
	return _make(kept_text(CACHE_KEY, _describe))


def shown() -> list[dict[str, str]]:
	"""The stages in their order, as lists show them."""
	return [
		{"code": stage.code, "label": _(stage.label), "colour": stage.colour} for stage in get_book().stages.values()
	]


def shown_by_hand() -> list[dict[str, str]]:
	"""The stages that people put orders in, as a form offers them."""
	return [{"code": stage.code, "label": _(stage.label)} for stage in get_book().by_hand()]


def forget() -> None:
	"""Drop what is kept, now and once more when this transaction is committed."""
	drop_texts(CACHE_KEY)
	frappe.db.after_commit.add(lambda: drop_texts(CACHE_KEY))


def _describe() -> str:
	fields = [
		"name as code", "label", "sequence", "rule", "kind", "sla_hours", "customer_label",
		"visible_to_customer as visible", "colour", "workflow_state",
	]  # fmt: skip
	rows = frappe.get_all(DOCTYPE, {"enabled": 1}, fields, order_by="sequence asc")
	stages = [Stage(**{key: value for key, value in row.items() if value is not None}) for row in rows]
	return json.dumps([asdict(stage) for stage in stages], sort_keys=True)


@lru_cache(maxsize=32)
def _make(text: str) -> StageBook:
	"""Pure: the same text makes the same book, on every site of the process."""
	return StageBook(Stage(**values) for values in json.loads(text))
