"""Counts what a policy in shadow would do: it decides beside the active one and changes nothing."""

from collections.abc import Sequence

import frappe

from crm_o2c.engine.policy import BANDS
from crm_o2c.services.context import Context, shadow_context
from crm_o2c.services.order_book import companies
from crm_o2c.services.order_loader import LoadedOrder, OrderLoader
from crm_o2c.services.policy import active_policy

CHUNK_DOCTYPE = "O2C Run Chunk"


class Comparison:
	"""What one worker compares in a run: a company's shadow policy, and the small tables it needs, are read once."""

	def __init__(self) -> None:
		self._ready: dict[str, tuple[Context, OrderLoader] | None] = {}

	def compare(self, chunk: frappe._dict, loaded: Sequence[LoadedOrder], active: Context) -> tuple[int, int]:
		"""How many orders of a chunk the shadow policy would put into a higher and into a lower band."""
		if chunk.company not in self._ready:
			self._ready[chunk.company] = _prepare(chunk.company, active)
		ready = self._ready[chunk.company]
		if ready is None:
			return 0, 0
		shadow, loader = ready
		now = {order.facts.order: active.scorer.decide(order.facts).band for order in loaded}
		up = down = 0
		for order in loader.range(chunk.from_order, chunk.to_order):
			before = BANDS.index(now.get(order.facts.order, BANDS[-1]))
			after = BANDS.index(shadow.scorer.decide(order.facts).band)
			up += after < before
			down += after > before
		return up, down


def _prepare(company: str, active: Context) -> tuple[Context, OrderLoader] | None:
	shadow = shadow_context(company, active.scorer.today)
	return (shadow, OrderLoader(shadow.policy, company, shadow.scorer.today)) if shadow else None


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
