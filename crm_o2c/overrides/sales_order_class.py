"""Sales Order's own credit check: it gives way where a rule holds the order instead, and nowhere else."""

from erpnext.selling.doctype.sales_order.sales_order import SalesOrder

from crm_o2c.services import checks


class O2CSalesOrder(SalesOrder):
	"""ERPNext refuses an order over credit as it is submitted, saved or reopened. An order that a rule holds goes through:
	it can't be delivered or billed before it is released. Where another app's class wins, ERPNext's refusal stays."""

	def check_credit_limit(self) -> None:
		if not checks.credit_is_settled(self):
			super().check_credit_limit()
