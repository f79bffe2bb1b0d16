"""A random walk over ERPNext: whatever people do to orders, deliveries, invoices and payments, in any order."""

from collections import Counter
from random import Random

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from erpnext.controllers.accounts_controller import update_child_qty_rate
from erpnext.controllers.sales_and_purchase_return import make_return_doc
from erpnext.selling.doctype.quotation.quotation import make_sales_order
from erpnext.selling.doctype.sales_order.sales_order import (
	create_pick_list,
	make_delivery_note,
	make_sales_invoice,
)  # fmt: skip
from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_invoice as invoice_of_note
from frappe.utils import add_days, nowdate

import factories as make

LOSE = 0.15  # of the jobs that would record what happened


class Walk:
	"""Takes random steps. What ERPNext refuses is no step: it is rolled back and another one is tried."""

	def __init__(self, seed: int, jobs):
		self.random, self.jobs = Random(seed), jobs
		self.done: Counter[str] = Counter()
		self.refused: Counter[str] = Counter()
		self.customers = [make.customer() for _number in range(3)]
		self.items = [make.item(stock=100_000) for _number in range(3)]
		self.steps = [getattr(self, name) for name in dir(self) if name.startswith("step_")]

	def go(self, steps: int) -> None:
		"""Take so many steps that ERPNext accepts."""
		while sum(self.done.values()) < steps:
			self.once(self.random.choice(self.steps))

	def once(self, step) -> None:
		frappe.db.savepoint("walk")
		try:
			if step() is False:
				return  # there was nothing to do it to
		except (frappe.ValidationError, frappe.LinkExistsError) as problem:
			frappe.db.rollback(save_point="walk")
			frappe.local.message_log = []
			self.refused[f"{step.__name__}: {type(problem).__name__}"] += 1
			return
		self.done[step.__name__] += 1
		self._tell()

	def _tell(self) -> None:
		"""The jobs that follow a commit: done, sometimes lost."""
		if self.random.random() < LOSE:
			self.jobs.clear()
		else:
			self.jobs.run(only="crm_o2c.services.ledger")

	def _one(self, doctype: str, **filters):
		names = frappe.get_all(doctype, filters, pluck="name", order_by="creation desc, name desc", limit=40)
		return frappe.get_doc(doctype, self.random.choice(names)) if names else None

	# -- orders ---------------------------------------------------------------------------------------------------------

	def step_order(self):
		lines = [
			{"item_code": self.random.choice(self.items).name, "qty": self.random.randint(1, 9)}
			for _number in range(self.random.randint(1, 3))
		]
		days = self.random.choice([-5, 3, 10])
		make.sales_order(self.random.choice(self.customers), lines=lines, days=days, submit=self.random.random() < 0.8)

	def step_submit_order(self):
		order = self._one("Sales Order", docstatus=0)
		return order.submit() if order else False

	def step_quotation(self):
		quotation = frappe.get_doc(
			{
				"doctype": "Quotation",
				"company": make.COMPANY,
				"quotation_to": "Customer",
				"party_name": self.random.choice(self.customers).name,
				"transaction_date": nowdate(),
				"items": [{"item_code": self.random.choice(self.items).name, "qty": 2, "rate": make.PRICE}],
			}
		)
		quotation.insert()
		quotation.submit()

	def step_order_from_quotation(self):
		quotation = self._one("Quotation", docstatus=1, status="Open")
		if not quotation:
			return False
		order = make_sales_order(quotation.name)
		order.delivery_date = add_days(nowdate(), 5)
		for row in order.items:
			row.delivery_date, row.warehouse = order.delivery_date, make.WAREHOUSE
		order.insert()
		order.submit()

	def step_update_items(self):
		order = self._one("Sales Order", docstatus=1, per_delivered=0, per_billed=0)
		if not order:
			return False
		rows = [
			{
				"docname": row.name, "item_code": row.item_code, "qty": row.qty + 1, "rate": row.rate,
				"delivery_date": str(row.delivery_date), "conversion_factor": row.conversion_factor, "uom": row.uom,
			}
			for row in order.items
		]  # fmt: skip
		update_child_qty_rate("Sales Order", frappe.as_json(rows), order.name)

	def step_status(self):
		order = self._one("Sales Order", docstatus=1)
		return order.update_status(self.random.choice(["On Hold", "Closed", "Draft"])) if order else False

	def step_cancel_order(self):
		order = self._one("Sales Order", docstatus=1)
		return order.cancel() if order else False

	def step_amend_order(self):
		old = self._one("Sales Order", docstatus=2)
		if not old or frappe.db.exists("Sales Order", {"amended_from": old.name}):
			return False
		order = frappe.copy_doc(old)
		order.amended_from, order.docstatus = old.name, 0
		order.insert()
		order.submit()

	def step_delete_draft(self):
		doctype = self.random.choice(["Sales Order", "Delivery Note", "Sales Invoice"])
		draft = self._one(doctype, docstatus=0)
		return draft.delete() if draft else False

	# -- deliveries -----------------------------------------------------------------------------------------------------

	def step_deliver(self):
		order = self._one("Sales Order", docstatus=1, per_delivered=("<", 100))
		return self._store(make_delivery_note(order.name)) if order else False

	def step_pick(self):
		order = self._one("Sales Order", docstatus=1, per_delivered=0)
		if not order:
			return False
		picks = create_pick_list(order.name)
		picks.insert()
		picks.submit()

	def step_return(self):
		note = self._one("Delivery Note", docstatus=1, is_return=0)
		if not note:
			return False
		returned = make_return_doc("Delivery Note", note.name)
		returned.insert()
		frappe.get_doc("Delivery Note", returned.name).submit()

	def step_submit_note(self):
		note = self._one("Delivery Note", docstatus=0)
		return note.submit() if note else False

	def step_cancel_note(self):
		note = self._one("Delivery Note", docstatus=1)
		return note.cancel() if note else False

	# -- invoices and payments ------------------------------------------------------------------------------------------

	def step_bill(self):
		order = self._one("Sales Order", docstatus=1, per_billed=("<", 100))
		return self._store(make_sales_invoice(order.name)) if order else False

	def step_bill_and_ship(self):
		order = self._one("Sales Order", docstatus=1, per_billed=0, per_delivered=0)
		if not order:
			return False
		invoice = make_sales_invoice(order.name)
		invoice.update_stock = 1
		invoice.insert()
		invoice.submit()

	def step_bill_note(self):
		note = self._one("Delivery Note", docstatus=1, is_return=0, per_billed=0)
		return self._store(invoice_of_note(note.name)) if note else False

	def step_bill_late(self):
		"""An invoice that is overdue at once; ERPNext finds that by SQL, and tells nobody."""
		order = self._one("Sales Order", docstatus=1, per_billed=0)
		if not order:
			return False
		from erpnext.controllers.accounts_controller import update_invoice_status

		invoice = make_sales_invoice(order.name)
		invoice.set_posting_time, invoice.posting_date = 1, add_days(nowdate(), -3)
		invoice.payment_schedule = []
		invoice.due_date = add_days(nowdate(), -2)
		invoice.insert()
		invoice.submit()
		update_invoice_status()

	def step_credit_note(self):
		invoice = self._one("Sales Invoice", docstatus=1, is_return=0)
		if not invoice:
			return False
		credit = make_return_doc("Sales Invoice", invoice.name)
		credit.insert()
		frappe.get_doc("Sales Invoice", credit.name).submit()

	def step_cancel_invoice(self):
		invoice = self._one("Sales Invoice", docstatus=1)
		return invoice.cancel() if invoice else False

	def step_pay(self):
		invoice = self._one("Sales Invoice", docstatus=1, outstanding_amount=(">", 0))
		if not invoice:
			return False
		part = self.random.choice([1, 1, 0.5])
		self._pay("Sales Invoice", invoice.name, invoice.outstanding_amount * part)

	def step_pay_ahead(self):
		order = self._one("Sales Order", docstatus=1, per_billed=0)
		return self._pay("Sales Order", order.name, None) if order else False

	def step_unpay(self):
		payment = self._one("Payment Entry", docstatus=1)
		return payment.cancel() if payment else False

	def _pay(self, doctype: str, name: str, amount: float | None) -> None:
		entry = get_payment_entry(doctype, name, party_amount=amount)
		entry.reference_no, entry.reference_date = "walk", nowdate()
		entry.insert()
		entry.submit()

	def _store(self, doc) -> None:
		"""Some lines partly, now and then only a draft."""
		for row in doc.items:
			if self.random.random() < 0.4:
				row.qty = max(1, row.qty // 2)
		doc.insert()
		if self.random.random() < 0.85:
			doc.submit()
