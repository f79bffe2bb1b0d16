"""An order's score follows the order: saved, changed, delivered, held, closed, cancelled."""

import json

import book
import pytest

import frappe
from erpnext.controllers.accounts_controller import update_child_qty_rate
from erpnext.selling.doctype.sales_order.sales_order import close_or_unclose_sales_orders, update_status
from frappe.utils import add_days, getdate, nowdate

from crm_o2c.services import boosts, o2c_scheduler, priority

import factories as make


@pytest.fixture(autouse=True)
def reference():
	book.usual()


def change_lines(order, **changes) -> None:
	"""The desk's button Update Items, on the first line."""
	order.reload()
	rows = []
	for row in order.items:
		fields = ("item_code", "qty", "rate", "delivery_date", "uom", "conversion_factor")
		rows.append({"docname": row.name, "name": row.name, **{field: row.get(field) for field in fields}})
	rows[0].update(changes)
	update_child_qty_rate("Sales Order", json.dumps(rows, default=str), order.name)
	order.reload()


# -- saving ----------------------------------------------------------------------------------------------------------------


def test_a_submitted_order_has_a_band_and_a_score_whose_terms_add_up(jobs):
	order = make.sales_order(make.customer(tier="A"), lines=3, days=2)
	kept = book.score(order)
	assert book.band(order) == kept.band == order.o2c_priority_band != ""
	assert round(sum(book.terms(order).values()), 2) == kept.points
	assert set(book.terms(order)) == {"urgency", "value", "tier", "effort"}
	assert (kept.policy, kept.customer) == (book.STANDARD, order.customer)
	assert book.terms(order)["tier"] == 10
	assert "crm_o2c.services.priority.rescore_orders" not in jobs.names()


def test_a_draft_shows_a_band_and_is_not_in_the_book():
	order = make.sales_order(submit=False)
	assert book.band(order)
	assert book.score(order) is None


def test_a_band_that_a_client_sends_counts_for_nothing():
	order = make.sales_order(days=60, submit=False)
	own = book.band(order)
	for value in ("Critical", "Low"):
		order.o2c_priority_band = value
		order.save()
		assert book.band(order) == own
	order.submit()
	order.o2c_priority_band = "Critical" if own != "Critical" else "Low"
	order.save()
	assert book.band(order) == book.score(order).band == own


def test_an_order_submitted_as_it_is_made_is_scored_once(queries):
	order = make.sales_order(submit=False)
	again = frappe.copy_doc(order)
	again.docstatus = 1
	del queries[:]
	again.insert()
	assert book.score(again).band == book.band(again)
	assert book.load(again).facts.to_json() == book.score(again).facts
	assert sum("insert into `tabo2c order score`" in query.lower() for query in queries) == 1


def test_new_items_and_prices_are_scored_in_the_same_save():
	order = make.sales_order(days=5)
	before = book.score(order)
	change_lines(order, qty=40, rate=500)
	after = book.score(order)
	assert book.facts(order)["value"] == 20000
	assert after.points > before.points
	assert book.band(order) == after.band


def test_a_promise_moved_after_submission_is_scored_in_the_same_save():
	order = make.sales_order(days=20)
	early = add_days(nowdate(), 1)
	change_lines(order, delivery_date=early)
	assert book.facts(order)["promise_date"] == getdate(early)
	assert book.load(order).facts.to_json() == book.score(order).facts


def test_the_same_save_again_writes_the_same(queries):
	order = make.sales_order()
	before = book.score(order)
	order.reload()
	order.save()
	assert book.score(order) == before


# -- what happens to an order ------------------------------------------------------------------------------------------------


def test_part_delivered_it_counts_what_is_left_and_delivered_it_leaves(jobs):
	goods = make.item(stock=50)
	order = make.sales_order(lines=[{"item_code": goods.name, "qty": 4}, {"item_code": goods.name, "qty": 4}])
	note = make.delivery_note(order, submit=False)
	note.items[0].qty, note.items[1].qty = 4, 1
	note.save()
	note.submit()
	jobs.run()
	left = book.facts(order)
	assert (left["lines"], left["units"], left["value"]) == (1, 3, 300)
	order.reload()
	rest = make.delivery_note(order)
	jobs.run()
	assert (book.score(order), book.band(order)) == (None, "")
	rest.reload()
	rest.cancel()
	jobs.run()
	assert book.facts(order)["units"] == 3
	assert book.band(order) == book.score(order).band


def test_a_return_brings_an_order_back(jobs):
	from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_return

	goods = make.item(stock=10)
	order = make.sales_order(lines=[{"item_code": goods.name, "qty": 2}])
	note = make.delivery_note(order)
	jobs.run()
	assert book.score(order) is None
	back = make_sales_return(note.name)
	back.insert()
	frappe.get_doc("Delivery Note", back.name).submit()
	jobs.run()
	order.reload()
	assert (book.score(order) is not None) == (order.per_delivered < 100)
	assert book.score(order)


def test_saved_after_it_was_delivered_an_order_stays_out_of_the_book(jobs):
	goods = make.item(stock=10)
	order = make.sales_order(lines=[{"item_code": goods.name}])
	make.delivery_note(order)
	jobs.run()
	order.reload()
	order.letter_head = None
	order.save()
	assert (book.score(order), book.band(order)) == (None, "")


def test_an_order_that_needs_no_delivery_is_never_in_the_book():
	order = make.sales_order(skip_delivery_note=1)
	assert order.status == "To Bill"
	assert (book.score(order), book.band(order)) == (None, "")


def test_an_invoice_that_moves_the_stock_delivers(jobs):
	from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice

	goods = make.item(stock=10)
	order = make.sales_order(lines=[{"item_code": goods.name, "qty": 2}])
	invoice = make_sales_invoice(order.name)
	invoice.update_stock = 1
	invoice.insert()
	invoice.submit()
	jobs.run()
	assert (book.score(order), book.band(order)) == (None, "")


def test_what_the_supplier_delivers_leaves_when_he_has_delivered(jobs):
	from erpnext.buying.doctype.purchase_order.purchase_order import update_status as update_purchase
	from erpnext.selling.doctype.sales_order.sales_order import make_purchase_order

	supplier = frappe.get_doc(
		{"doctype": "Supplier", "supplier_name": "Drop Shipper", "supplier_group": "All Supplier Groups"}
	).insert()
	goods = make.item(delivered_by_supplier=1)
	line = {"item_code": goods.name, "qty": 2, "delivered_by_supplier": 1, "supplier": supplier.name}
	order = make.sales_order(lines=[line])
	assert book.score(order).gate == ""  # it needs no stock here
	assert book.load(order).facts.to_json() == book.score(order).facts
	purchase = make_purchase_order(order.name, selected_items=[row.as_dict() for row in order.items])
	purchase.supplier = supplier.name
	purchase.schedule_date = add_days(nowdate(), 3)
	for row in purchase.items:
		row.schedule_date, row.rate = add_days(nowdate(), 3), 50
	purchase.insert()
	purchase.submit()
	update_purchase("Delivered", purchase.name)
	jobs.run()
	assert (book.score(order), book.band(order)) == (None, "")


def test_on_hold_it_waits_and_comes_back(jobs):
	goods = make.item(stock=5)
	order = make.sales_order(lines=[{"item_code": goods.name}])
	assert book.score(order).gate == ""
	update_status("On Hold", order.name)
	jobs.run()
	assert book.score(order).gate == "on_hold"
	update_status("Draft", order.name)
	jobs.run()
	assert book.score(order).gate == ""


def test_closed_it_leaves_and_reopened_it_comes_back(jobs):
	order = make.sales_order()
	close_or_unclose_sales_orders(json.dumps([order.name]), "Closed")
	jobs.run()
	assert (book.score(order), book.band(order)) == (None, "")
	close_or_unclose_sales_orders(json.dumps([order.name]), "Draft")
	jobs.run()
	assert book.band(order) == book.score(order).band


def test_cancelled_it_leaves_at_once_and_its_amendment_starts_anew(jobs):
	order = make.sales_order()
	jobs.run()
	order.reload()
	order.cancel()
	assert (book.score(order), book.band(order)) == (None, "")
	amended = frappe.copy_doc(order)
	amended.amended_from = order.name
	amended.docstatus = 0
	amended.insert()
	assert book.band(amended) and book.score(amended) is None
	amended.submit()
	assert book.score(amended).band == book.band(amended)
	jobs.run()
	assert book.score(order) is None


def test_a_deleted_order_takes_its_boosts_along(jobs):
	order = make.sales_order(submit=False)
	boosts.add(order.name, 20, "Fair", getdate())
	frappe.delete_doc("Sales Order", order.name)
	jobs.run()
	assert not frappe.db.exists("O2C Priority Boost", {"sales_order": order.name})
	assert book.score(order) is None


def test_several_events_of_one_transaction_are_one_job(jobs):
	order = make.sales_order()
	update_status("On Hold", order.name)
	update_status("Draft", order.name)
	update_status("Closed", order.name)
	assert jobs.names().count("crm_o2c.services.priority.rescore_orders") == 1


# -- customers ---------------------------------------------------------------------------------------------------------------


def test_a_new_tier_counts_in_every_open_order_after_the_commit(jobs):
	buyer = make.customer()
	orders = [make.sales_order(buyer) for _ in range(3)]
	other = make.sales_order()
	jobs.clear()
	before = {order.name: book.score(order).points for order in (*orders, other)}
	buyer.reload()
	buyer.o2c_tier = "A"
	buyer.save()
	assert {order.name: book.score(order).points for order in (*orders, other)} == before
	jobs.run()
	for order in orders:
		assert book.score(order).points == pytest.approx(before[order.name] + 10)
		assert book.band(order) == book.score(order).band
	assert book.score(other).points == before[other.name]


@pytest.mark.parametrize("field", ["is_frozen", "disabled"])
def test_orders_of_a_blocked_customer_wait(jobs, field):
	buyer, goods = make.customer(), make.item(stock=5)
	order = make.sales_order(buyer, lines=[{"item_code": goods.name}])
	buyer.reload()
	buyer.set(field, 1)
	buyer.save()
	jobs.run()
	assert book.score(order).gate == "customer_blocked"
	buyer.set(field, 0)
	buyer.save()
	jobs.run()
	assert book.score(order).gate == ""


def test_a_customer_saved_without_a_change_that_counts_costs_no_job(jobs):
	buyer = make.customer()
	make.sales_order(buyer)
	jobs.clear()
	buyer.reload()
	buyer.website = "https://example.com"
	buyer.save()
	assert "crm_o2c.services.priority.rescore_customers" not in jobs.names()


# -- boosts ------------------------------------------------------------------------------------------------------------------


def test_a_boost_counts_until_it_is_replaced_ended_or_over(jobs):
	order = make.sales_order()
	plain = book.score(order).points
	boosts.add(order.name, 12.5, "Trade fair", getdate(add_days(nowdate(), 3)))
	jobs.run()
	assert (book.score(order).points, book.terms(order)["boost"]) == (pytest.approx(plain + 12.5), 12.5)
	boosts.add(order.name, -5, "After all not", getdate())
	jobs.run()
	assert book.score(order).points == pytest.approx(plain - 5)
	assert frappe.db.count("O2C Priority Boost", {"active_order": order.name}) == 1
	assert boosts.end(order.name)
	jobs.run()
	assert book.score(order).points == plain
	assert not boosts.end(order.name)


def test_a_boost_is_over_when_its_last_day_is(jobs):
	order = make.sales_order()
	plain = book.score(order).points
	name = boosts.add(order.name, 20, "Today only", getdate())
	frappe.db.set_value("O2C Priority Boost", name, "expires_on", add_days(nowdate(), -1))
	jobs.run()
	assert book.score(order).points == plain
	o2c_scheduler.hourly()
	assert not frappe.db.get_value("O2C Priority Boost", name, "active_order")
	assert boosts.active(order.name) is None


def test_a_boosted_draft_keeps_its_band(jobs):
	order = make.sales_order(submit=False)
	boosts.add(order.name, 50, "Fair", getdate())
	jobs.run()
	assert book.band(order)


# -- the background and the budget --------------------------------------------------------------------------------------------


def test_scoring_anew_never_touches_modified(jobs):
	buyer = make.customer()
	order = make.sales_order(buyer, days=300)
	stamp = frappe.db.get_value("Sales Order", order.name, ["modified", "modified_by"])
	boosts.add(order.name, 50, "All hands", getdate())
	before = book.band(order)
	jobs.run()
	frappe.db.set_value("Sales Order", order.name, "o2c_priority_band", "", update_modified=False)
	priority.rescore_orders([order.name])
	assert book.band(order) == book.score(order).band
	assert before
	assert frappe.db.get_value("Sales Order", order.name, ["modified", "modified_by"]) == stamp
	order.reload()
	order.save()  # nobody else has changed it


def test_a_rescore_without_a_change_writes_nothing(queries):
	names = [make.sales_order().name for _ in range(3)]
	del queries[:]
	priority.rescore_orders(names)
	assert not [query for query in queries if query.lower().startswith(("insert", "update", "delete"))]


def test_saving_asks_no_more_than_five_queries_whatever_the_lines(monkeypatch, queries):
	from crm_o2c.overrides import sales_order as handlers

	counted = []

	def measured(event):
		def run(doc, method=None):
			before = len(queries)
			event(doc, method)
			counted.append(len(queries) - before)

		return run

	hooks = frappe.get_hooks("doc_events")["Sales Order"]
	for event in ("validate", "on_update", "on_change"):
		assert any(path.endswith(f"overrides.sales_order.{event}") for path in hooks[event])
		monkeypatch.setattr(handlers, event, measured(getattr(handlers, event)))
	buyer, goods = make.customer(tier="A"), make.item(stock=100)
	make.sales_order(buyer, lines=[{"item_code": goods.name}])  # warms what is kept
	asked = {}
	for lines in (5, 50):
		del counted[:]
		make.sales_order(buyer, lines=[{"item_code": goods.name} for _ in range(lines)])
		asked[lines] = sum(counted)
	assert asked[5] == asked[50] <= 5
