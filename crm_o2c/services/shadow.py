"""Counts what a policy in shadow would do: it decides beside the active one and changes nothing."""

from collections.abc import Sequence

import frappe

from crm_o2c.engine.policy import BANDS
from crm_o2c.services.context import Context, shadow_context
from crm_o2c.services.order_book import companies
from crm_o2c.services.order_loader import LoadedOrder, OrderLoader
from crm_o2c.services.policy import active_policy

CHUNK_DOCTYPE = "O2C Run Chunk"


def compare(chunk: frappe._dict, loaded: Sequence[LoadedOrder], active: Context) -> tuple[int, int]:
	"""How many orders of a chunk the shadow policy would put into a higher and into a lower band."""
	shadow = shadow_context(chunk.company, active.scorer.today)
	if shadow is None:
		return 0, 0
	now = {order.facts.order: active.scorer.decide(order.facts).band for order in loaded}
	then = OrderLoader(shadow.policy, chunk.company, active.scorer.today).range(chunk.from_order, chunk.to_order)
	up = down = 0
	for order in then:
		before = BANDS.index(now.get(order.facts.order, BANDS[-1]))
		after = BANDS.index(shadow.scorer.decide(order.facts).band)
		up += after < before
		down += after > before
	return up, down


def publish(run: str) -> None:
	"""Write the counts of a finished run on the policies that are in shadow."""
	rows = frappe.get_all(
		CHUNK_DOCTYPE, {"parent": run}, ["company", "orders", "shadow_up", "shadow_down"], order_by="idx asc"
	)
	totals: dict[str, list[int]] = {}
	policies = {company: active_policy(company, "Shadow") for company in companies()}
	for row in rows:
		if policy := policies.get(row.company):
			total = totals.setdefault(policy, [0, 0, 0])
			for index, field in enumerate(("orders", "shadow_up", "shadow_down")):
				total[index] += row[field] or 0
	for policy, (orders, up, down) in totals.items():
		values = {"shadow_orders": orders, "shadow_up": up, "shadow_down": down}
		frappe.db.set_value("O2C Priority Policy", policy, values, update_modified=False)
