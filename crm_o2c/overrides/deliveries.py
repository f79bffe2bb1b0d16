"""Delivery Note and Sales Invoice: prices of the order, addresses, Ship-To Plan, delivery policy."""

from frappe.model.document import Document

from crm_o2c.services import delivery_policy, note_orders, price_lock, ship_to_guard, ship_to_rows


def before_validate(doc: Document, method: str | None = None) -> None:
	price_lock.keep(doc)


def validate_note(doc: Document, method: str | None = None) -> None:
	orders = note_orders.known(doc)
	ship_to_guard.fit(doc, [name for name, order in orders.items() if order.planned])
	if not doc.is_return:
		ship_to_guard.refuse_mixed(doc, orders)


def before_submit(doc: Document, method: str | None = None) -> None:
	if note_orders.moves_goods(doc):
		delivery_policy.check_delivery(doc)


def count(doc: Document, method: str | None = None) -> None:
	"""The plan of the order counts what is on Delivery Notes, and decides by it: to go on without would be wrong."""
	ship_to_rows.count(doc, is_gone=method == "after_delete")


def free_purchase(doc: Document, method: str | None = None) -> None:
	price_lock.free_purchase(doc)
