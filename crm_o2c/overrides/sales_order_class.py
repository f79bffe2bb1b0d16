"""Sales Order's own credit check: it gives way where a rule holds the order instead, and nowhere else."""

from erpnext.selling.doctype.sales_order.sales_order import SalesOrder

from crm_o2c.services import checks, credit, dirty
from crm_o2c.services.guard import never_stops_saving


class O2CSalesOrder(SalesOrder):
	"""ERPNext refuses an order over credit as it is submitted, saved or reopened. An order that a rule holds goes through:
	it can't be delivered or billed before it is released. So does one that gets smaller, as it draws less on the credit.
	Where another app's class wins, ERPNext's refusal stays."""

	def check_credit_limit(self) -> None:
		if not (_is_settled(self) or credit.is_less(self)):
			super().check_credit_limit()

	def update_status(self, status: str) -> None:
		"""Close, reopen, put on hold: that changes what is left for others, and what is found of the order."""
		super().update_status(status)
		look_again(self)


def _is_settled(doc: SalesOrder) -> bool:
	"""Where our own check fails, nothing is settled."""
	settled: list[bool] = []
	ask(doc, settled)
	return any(settled)


@never_stops_saving
def look_again(doc: SalesOrder) -> None:
	dirty.mark_checked(doc.name)
	dirty.mark_credit(doc.customer)
	dirty.mark_stock(row.item_code for row in doc.items)


@never_stops_saving
def ask(doc: SalesOrder, settled: list[bool]) -> None:
	settled.append(checks.credit_is_settled(doc))
