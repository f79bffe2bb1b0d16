"""What is learned from orders in the database is what the engine's own book learns from the same orders."""

import json
from datetime import date
from random import Random

import pytest

import frappe
from frappe.utils import add_days, add_to_date, getdate, now_datetime

from crm_o2c.engine.anomaly.pattern_book import PatternBook, Sale
from crm_o2c.engine.anomaly.patterns import LinePatterns
from crm_o2c.services import patterns

import factories as make

LISTS = {"item": "O2C Item Pattern", "buying": "O2C Buying Pattern", "customer": "O2C Customer Pattern"}
CLOSE = 1e-6  # a Float has nine digits after the point


def things(kinds: int = 3) -> list[str]:
	"""Items without a price on file, so that no order is odd; weighed, so that a quantity may have a fraction."""
	boxes = [{"uom": "Kg", "conversion_factor": 1}, {"uom": "Box", "conversion_factor": 12}]
	return [make.item(stock_uom="Kg", standard_rate=0, uoms=boxes).name for _ in range(kinds)]


def sell(buyer: str, *lines: tuple, ago: int = 0, **fields):
	"""An order of so many days ago; a line is item, quantity, rate, and the unit where it is not Kg."""
	rows = [
		{"item_code": item, "qty": qty, "rate": rate, "uom": unit[0] if unit else "Kg", "price_list_rate": 0}
		for item, qty, rate, *unit in lines
	]
	return make.sales_order(buyer, rows, transaction_date=add_days(getdate(), -ago), **fields)


def history(items: list[str], buyers: list[str], orders: int = 24) -> None:
	"""Orders of two years, several prices to an item, the same item twice on some."""
	chance = Random(3)
	days = sorted((chance.choice((0, 1, 1, 5, 40, 200, 364, 365, 366, 500)) for _ in range(orders)), reverse=True)
	for ago in days:
		lines = []
		for _ in range(chance.randint(1, 5)):
			boxed = chance.random() < 0.2
			qty = chance.choice((1, 2, 12)) if boxed else chance.choice((1, 2, 2.5, 7, 60))
			rate = chance.choice((5.0, 5.02, 5.5, 8.0)) * (12 if boxed else 1)
			lines.append((chance.choice(items), qty, rate, *(("Box",) if boxed else ())))
		sell(chance.choice(buyers), *lines, ago=ago)
	forget_alerts(buyers)


def forget_alerts(buyers: list[str]) -> None:
	orders = frappe.get_all("Sales Order", {"customer": ("in", buyers)}, pluck="name")
	frappe.db.delete("O2C Order Alert", {"sales_order": ("in", orders)})


def book_of(buyers: list[str]) -> PatternBook:
	"""The engine's book, given the same orders."""
	book = PatternBook()
	orders = frappe.get_all(
		"Sales Order",
		{"customer": ("in", buyers), "docstatus": 1},
		["name", "customer", "transaction_date", "selling_price_list"],
		order_by="transaction_date asc, creation asc, name asc",
	)
	for order in orders:
		fields = ["item_code", "stock_qty", "base_net_rate", "conversion_factor"]
		rows = frappe.get_all("Sales Order Item", {"parent": order.name}, fields, order_by="idx asc")
		lines = [
			Sale(r.item_code, r.stock_qty, r.base_net_rate / r.conversion_factor, order.selling_price_list)
			for r in rows
		]
		book.open_day(order.transaction_date)
		book.learn(order.transaction_date, order.customer, lines)
	book.open_day(getdate())
	return book


def kept(customer: str, item: str, price_list: str = "Standard Selling") -> LinePatterns:
	"""What the database knows of a line."""
	of_item = row("item", item_code=item, price_list=price_list)
	own = row("buying", customer=customer, item_code=item)
	habit = row("customer", customer=customer)
	levels = [(price, orders, date.fromisoformat(day)) for price, orders, day in json.loads(of_item.levels or "[]")]
	return LinePatterns(
		levels=tuple(levels),
		last_price=own.last_price,
		last_on=own.last_on,
		ratio=habit.ratio or None,
		lines=of_item.line_count or 0,
		mean_log=of_item.mean_log,
		sd_log=of_item.sd_log,
		effect=habit.effect or 0.0,
		largest=own.largest,
		customer_lines=habit.line_count or 0,
		rare=of_item.rare or 0,
		whole=bool(of_item.whole),
	)


def row(kind: str, **key) -> frappe._dict:
	rows = frappe.get_all(LISTS[kind], key, ["*"], order_by="name asc")
	assert len(rows) < 2
	return rows[0] if rows else frappe._dict()


def everything(items: list[str], buyers: list[str]) -> dict[str, list[dict]]:
	"""All that is kept of them, but when it was learned."""
	of = {
		"item": {"item_code": ("in", items)},
		"buying": {"customer": ("in", buyers)},
		"customer": {"customer": ("in", buyers)},
	}
	rows = {kind: frappe.get_all(LISTS[kind], of[kind], ["*"], order_by="name asc") for kind in LISTS}
	return {kind: [{k: v for k, v in r.items() if k != "learned_at"} for r in found] for kind, found in rows.items()}


def same(learned: LinePatterns, expected: LinePatterns) -> None:
	for one, other in zip(learned.levels, expected.levels, strict=True):
		assert (one[0], *one[1:]) == (pytest.approx(other[0], abs=CLOSE), *other[1:])
	for name in LinePatterns._fields[1:]:
		value = getattr(expected, name)
		assert getattr(learned, name) == (pytest.approx(value, abs=CLOSE) if isinstance(value, float) else value), name


@pytest.fixture
def market():
	"""Items, and customers who have bought them for two years."""
	items, buyers = things(), [make.customer().name for _ in range(3)]
	history(items, buyers)
	return items, buyers


def test_the_database_learns_what_the_book_learns(market):
	items, buyers = market
	patterns.learn(items, buyers)
	book = book_of(buyers)
	for customer in buyers:
		for item in items:
			same(kept(customer, item), book.patterns(customer, item, "Standard Selling"))
	assert any(kept(buyers[0], item).levels for item in items)
	assert len(everything(items, buyers)["buying"]) > len(buyers)


def test_learning_what_was_touched_is_learning_all(market):
	items, buyers = market
	patterns.learn_all()
	before = everything(items, buyers)
	begin = now_datetime()
	sell(buyers[0], (items[0], 3, 5.0), (items[1], 4, 9.0))
	forget_alerts(buyers)
	touched = patterns.touched_since(begin)
	assert (set(touched[0]), set(touched[1])) == (set(items[:2]), {buyers[0]})
	patterns.learn(*touched)
	learned = everything(items, buyers[:1])
	assert learned["item"] != before["item"]
	patterns.learn_all()
	assert everything(items, buyers[:1]) == learned


def test_learning_twice_changes_nothing(market):
	items, buyers = market
	patterns.learn(items, buyers)
	once = everything(items, buyers)
	patterns.learn(items, buyers)
	assert everything(items, buyers) == once


def test_a_cancelled_order_is_forgotten():
	(item,), buyer = things(1), make.customer().name
	first, second = sell(buyer, (item, 2, 5.0), ago=3), sell(buyer, (item, 9, 7.0))
	patterns.learn([item], [buyer])
	assert (kept(buyer, item).largest, kept(buyer, item).last_price) == (9.0, 7.0)
	begin = add_to_date(now_datetime(), seconds=-1)
	second.reload()
	second.cancel()
	patterns.learn(*patterns.touched_since(begin))
	known = kept(buyer, item)
	assert (known.largest, known.last_price, known.lines, known.customer_lines) == (2.0, 5.0, 1, 1)
	first.reload()
	first.cancel()
	patterns.learn(*patterns.touched_since(begin))
	assert everything([item], [buyer]) == {"item": [], "buying": [], "customer": []}


def test_drafts_free_items_and_old_orders_teach_nothing():
	items, buyer = things(3), make.customer().name
	sell(buyer, (items[0], 2, 5.0), submit=False)
	sell(buyer, (items[1], 2, 5.0), ago=366)
	sell(buyer, (items[2], 2, 0.0))
	patterns.learn(items, [buyer])
	assert everything(items, [buyer]) == {"item": [], "buying": [], "customer": []}


def test_what_an_open_alert_calls_unusual_is_not_learned():
	(item,), buyer = things(1), make.customer().name
	sell(buyer, (item, 2, 5.0))
	order = sell(buyer, (item, 2, 5.0), (item, 2, 50.0))
	alert = {"sales_order": order.name, "line": 2, "status": "Open", "detector": "price.slip"}
	frappe.db.delete("O2C Order Alert", {"sales_order": order.name})
	frappe.new_doc("O2C Order Alert", name="test", **alert).db_insert()
	patterns.learn([item], [buyer])
	assert (kept(buyer, item).lines, kept(buyer, item).last_price) == (2, 5.0)
	frappe.db.set_value("O2C Order Alert", {"sales_order": order.name}, "status", "Accepted")
	patterns.learn([item], [buyer])
	assert (kept(buyer, item).lines, kept(buyer, item).last_price) == (3, 50.0)


def test_a_renamed_customer_and_a_merged_item_are_learned_again():
	items, buyer = things(2), make.customer().name
	for item in items:
		sell(buyer, (item, 2, 5.0))
	patterns.learn(items, [buyer])
	renamed = frappe.rename_doc("Customer", buyer, f"{buyer} & Sons")
	frappe.rename_doc("Item", items[0], items[1], merge=True)
	patterns.learn([items[1]], [renamed])
	assert (kept(renamed, items[1]).lines, kept(renamed, items[1]).customer_lines) == (2, 2)
	assert everything(items[:1], [buyer]) == {"item": [], "buying": [], "customer": []}


def test_learning_does_not_lock_what_it_reads(commits):
	"""Read for an insert, an order would be locked until the end, and could not be saved."""
	seen = []
	real = frappe.db.sql
	frappe.db.sql = lambda query, *args, **kwargs: (
		seen.append((str(query), real("select @@tx_isolation")[0][0])) or real(query, *args, **kwargs)
	)
	try:
		patterns.learn(["none"], ["nobody"])
	finally:
		del frappe.db.sql
	inserts = [level for query, level in seen if query.startswith("insert into")]
	assert inserts and set(inserts) == {"READ-COMMITTED"}
	assert commits
	assert real("select @@tx_isolation")[0][0] == real("select @@global.tx_isolation")[0][0]
