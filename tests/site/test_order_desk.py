"""Order Desk: what a user finds in the queue, in which order, and what he does not get to see."""

from itertools import pairwise

import pytest

import frappe
from frappe.utils import add_days, getdate, nowdate

from crm_o2c.api import order_desk
from crm_o2c.services import context

import factories as make

PLENTY = 10_000
BANDS = ("Critical", "High", "Normal", "Low")


@pytest.fixture
def goods(site):
	"""An item that is always in stock, so that no order waits for it."""
	return make.item(stock=PLENTY).name


@pytest.fixture
def order(goods):
	"""`order(buyer, days=2, qty=5)`: a submitted order, in stock."""

	def make_order(buyer=None, qty: float = 1, **fields):
		return make.sales_order(buyer, lines=[{"item_code": goods, "qty": qty}], **fields)

	return make_order


@pytest.fixture
def lane():
	"""`lane(2)`: every second place of the queue goes to the order that has waited longest."""

	def set_lane(every: int):
		for policy in frappe.get_all("O2C Priority Policy", {"status": "Active"}, pluck="name", order_by="name"):
			frappe.db.set_value("O2C Priority Policy", policy, "lane_every", every)
		context.forget()

	return set_lane


def rows(view: str = "queue", start: int = 0, page_length: int = 200, **filters):
	return order_desk.get_queue(view, filters, start, page_length)["rows"]


def names(view: str = "queue", **filters) -> list[str]:
	return [row["name"] for row in rows(view, **filters)]


def bands(**filters) -> dict[str, int]:
	return {row["band"]: row["queue"] for row in order_desk.get_summary(filters)["bands"]}


def hold(sales_order) -> None:
	sales_order.update_status("On Hold")


# -- the order of the queue ----------------------------------------------------------------------------------------------


def test_the_queue_is_ranked_by_points(order, lane):
	lane(0)
	placed = [order(days=days, qty=qty).name for days, qty in ((9, 1), (1, 1), (1, 50), (4, 1), (-2, 9))]
	shown = rows()
	assert {row["name"] for row in shown} == set(placed)
	assert all(above["points"] >= below["points"] for above, below in pairwise(shown))
	assert [row["position"] for row in shown] == [1, 2, 3, 4, 5]
	assert shown[-1]["name"] == placed[0]


def test_a_row_says_what_the_desk_shows(order):
	placed = order(make.customer("Ada & Sons"), days=-3, qty=4, po_no="PO-7")
	row = rows()[0]
	assert (row["name"], row["customer_name"], row["po_no"]) == (placed.name, "Ada & Sons", "PO-7")
	assert (row["open_value"], row["currency"]) == (
		400,
		frappe.get_cached_value("Company", make.COMPANY, "default_currency"),
	)
	assert (row["days"], row["promise_date"]) == (-3, getdate(add_days(nowdate(), -3)))
	assert {term["key"] for term in row["terms"]} == {"urgency", "value", "tier", "effort"}
	assert row["points"] == pytest.approx(sum(term["points"] for term in row["terms"]), abs=0.05)


def test_what_is_delivered_is_no_longer_open(order):
	placed = order(qty=4)
	make.delivery_note(placed, qty=1)
	assert rows()[0]["open_value"] == 300


def test_the_reserved_lane_brings_the_order_that_waited_longest(order, lane):
	lane(2)
	ahead = [order(make.customer(tier="A"), days=0).name for _ in range(3)]
	longest, late = order(days=-30).name, order(days=-5).name
	shown = rows()
	assert [row["name"] for row in shown if row["lane"]] == [longest, late]
	assert [row["lane"] for row in shown] == [False, True, False, True, False]
	assert {row["name"] for row in shown if not row["lane"]} == set(ahead)


def test_without_a_lane_no_order_jumps_the_queue(order, lane):
	lane(0)
	order(days=-30)
	order(days=0, qty=100)
	assert not any(row["lane"] for row in rows())


def test_within_a_band_points_alone_rank(order, lane):
	lane(2)
	for _ in range(2):
		order(make.customer(tier="A"), days=0)
	order(days=-30)
	assert any(row["lane"] for row in rows())
	assert not any(row["lane"] for band in BANDS for row in rows(band=band))


@pytest.mark.parametrize("every", [0, 2, 3])
def test_pages_lose_and_repeat_nothing(order, lane, every):
	lane(every)
	for days in (-9, -5, -1, 0, 1, 2, 3):
		order(days=days, qty=1 + days % 4)
	whole = rows()
	paged, start = [], 0
	while True:
		page = order_desk.get_queue(start=start, page_length=2)
		paged += page["rows"]
		start += 2
		if not page["has_more"]:
			break
	assert [(row["name"], row["position"], row["lane"]) for row in paged] == [
		(row["name"], row["position"], row["lane"]) for row in whole
	]
	assert len({row["name"] for row in paged}) == len(whole) == 7


def test_a_page_beyond_the_end_is_empty(order):
	order()
	page = order_desk.get_queue(start=50)
	assert (page["rows"], page["has_more"]) == ([], False)


def test_a_page_has_its_limits(order):
	order()
	assert len(order_desk.get_queue(start=-5, page_length=0)["rows"]) == 1
	assert order_desk.get_queue(page_length=10**9)["has_more"] is False


# -- filters ---------------------------------------------------------------------------------------------------------------


def test_filter_by_customer(order):
	buyer = make.customer()
	mine = order(buyer).name
	order()
	assert names(customer=buyer.name) == [mine]


def test_filter_by_territory_takes_its_children_along(order):
	def territory(name, parent, is_group=0):
		values = {"territory_name": name, "parent_territory": parent, "is_group": is_group}
		return frappe.get_doc({"doctype": "Territory", **values}).insert().name

	north = territory("O2C North", "All Territories", is_group=1)
	city = territory("O2C North City", north)
	inside = order(make.customer(territory=city)).name
	order(make.customer(territory=territory("O2C South", "All Territories")))
	assert names(territory=north) == names(territory=city) == [inside]


def test_filter_by_promise_date(order):
	early, middle, late = (order(days=days).name for days in (1, 5, 9))
	day = add_days(nowdate(), 5)
	assert set(names(from_date=day)) == {middle, late}
	assert set(names(to_date=day)) == {early, middle}
	assert names(from_date=day, to_date=day) == [middle]


def test_filter_by_band(order):
	urgent = order(days=-1, qty=200).name
	calm = order(days=20).name
	band = {row["name"]: row["band"] for row in rows()}
	assert band[urgent] != band[calm]
	assert names(band=band[calm]) == [calm]


def test_filter_by_company(order):
	mine = order().name
	assert names(company=make.COMPANY) == [mine]
	assert names(company="Another Company") == []


def test_filter_by_gate(order, jobs):
	held = order()
	hold(held)
	jobs.run()
	empty = make.sales_order().name
	assert set(names("out")) == {held.name, empty}
	assert names("out", gate="on_hold") == [held.name]
	assert names("out", gate="no_stock") == [empty]


def test_out_of_the_queue_says_why(order, jobs):
	held = order()
	hold(held)
	jobs.run()
	assert names() == []
	row = rows("out")[0]
	assert (row["gate"], row["gate_label"], row["position"]) == ("on_hold", "On Hold", None)
	assert "on hold" in row["gate_text"]


def test_unknown_filters_are_ignored(order):
	placed = order().name
	assert names(docstatus=0, owner="nobody", order_by="name") == [placed]


# -- search ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"search", ["{name}", "  {name} ", "lovelace", "PO/2026", "100%", "100% Pure", "O'Hara", '"Best"']
)
def test_search_finds_number_customer_and_purchase_order(order, search):
	found = order(make.customer('Lovelace 100% Pure O\'Hara "Best"'), po_no="PO/2026-11").name
	order(make.customer("Somebody Else"))
	assert names(search=search.format(name=found)) == [found]


@pytest.mark.parametrize("search", ["%", "_", "L%e", "L_velace", "\\", "\\%", "' or 1=1 -- ", "%s", "%(param1)s", '";'])
def test_search_takes_every_sign_for_itself(order, search):
	order(make.customer("Lovelace"))
	assert names(search=search) == []
	assert order_desk.get_summary({"search": search})["queue"] == 0


def test_search_for_nothing_finds_all(order):
	placed = order().name
	assert names(search="   ") == names(search="") == [placed]


def test_a_search_with_many_finds_keeps_the_order(order, lane, monkeypatch):
	lane(2)
	buyer = make.customer("Lovelace")
	for days in (-9, -2, 0, 3, 6):
		order(buyer, days=days)
	few = names(search="lovelace")
	monkeypatch.setattr("crm_o2c.services.desk.FEW", 1)
	assert names(search="lovelace") == few == names()


# -- counts ------------------------------------------------------------------------------------------------------------------


def test_counts_are_those_of_the_rows(order, jobs):
	for days in (-3, 0, 2, 4, 30):
		order(days=days)
	held = order()
	hold(held)
	jobs.run()
	summary = order_desk.get_summary()
	assert (summary["queue"], summary["out"]) == (5, 1)
	assert bands() == {band: len(names(band=band)) for band in BANDS}
	assert [(row["gate"], row["label"], row["count"]) for row in summary["gates"]] == [("on_hold", "On Hold", 1)]


def test_a_count_heeds_all_filters_but_its_own(order):
	buyer = make.customer()
	order(buyer, days=-1, qty=200)
	order(buyer, days=20)
	order(days=20)
	lowest = rows(customer=buyer.name)[-1]["band"]
	filters = {"customer": buyer.name, "band": lowest}
	assert bands(**filters) == bands(customer=buyer.name)
	assert sum(bands(**filters).values()) == 2
	assert order_desk.get_summary(filters)["queue"] == 1


def test_a_number_card_counts_and_leads_to_the_desk(order, jobs):
	order(days=1)
	held = order()
	hold(held)
	jobs.run()
	card = order_desk.get_card('{"view": "out"}')
	assert (card["value"], card["route"], card["route_options"]) == (1, ["order-desk"], {"view": "out"})
	assert order_desk.get_card("{}")["value"] == 1
	assert sum(order_desk.get_card({"band": band})["value"] for band in BANDS) == 1


def test_the_summary_says_whether_orders_are_ranked():
	summary = order_desk.get_summary()
	assert (summary["mode"], summary["has_policy"], summary["may_boost"]) == ("On", True, True)
	frappe.db.set_value("O2C Priority Policy", {"status": "Active"}, "status", "Retired")
	assert order_desk.get_summary()["has_policy"] is False


def test_the_first_page_takes_few_queries(order, queries):
	order()
	order_desk.get_queue()
	order_desk.get_summary()  # both once, so that caches are warm
	queries.clear()
	order_desk.get_queue()
	order_desk.get_summary()
	assert len(queries) <= 12


# -- who sees what -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("allow", ["Customer", "Territory"])
def test_a_restricted_user_sees_his_part_only(order, as_user, jobs, allow):
	place = frappe.get_doc(
		{"doctype": "Territory", "territory_name": "O2C 50% Off", "parent_territory": "All Territories"}
	)
	buyer = make.customer("O2C 50% Off", territory=place.insert().name)
	mine, held = order(buyer).name, order(buyer)
	order()
	hold(held)
	jobs.run()
	login = make.user("Sales User")
	value = {"Customer": buyer.name, "Territory": place.name}[allow]
	frappe.get_doc({"doctype": "User Permission", "user": login.name, "allow": allow, "for_value": value}).insert()
	as_user(login.name)
	assert (names(), names("out")) == ([mine], [held.name])
	assert names(search="O2C 50%") == [mine]
	summary = order_desk.get_summary()
	assert (summary["queue"], summary["out"], summary["may_boost"]) == (1, 1, False)
	assert order_desk.get_card()["value"] == 1


def test_a_restricted_user_finds_no_other_order(order, as_user):
	other = order().name
	login = make.user("Sales User")
	values = {"user": login.name, "allow": "Customer", "for_value": make.customer().name}
	frappe.get_doc({"doctype": "User Permission", **values}).insert()
	as_user(login.name)
	assert names(search=other) == []


def test_who_may_not_read_sales_orders_gets_nothing(order, as_user):
	buyer = make.customer()
	order(buyer)
	for login in (make.user("Website Manager").name, make.portal_user(buyer).name, "Guest"):
		as_user(login)
		for ask in (order_desk.get_queue, order_desk.get_summary, order_desk.get_card):
			with pytest.raises(frappe.PermissionError):
				ask()
		as_user("Administrator")


@pytest.mark.parametrize(
	("engine", "role", "seen"),
	[
		("On", "Sales User", 1),
		("Shadow", "Sales User", 0),
		("Shadow", "O2C Manager", 1),
		("Off", "Sales User", 0),
		("Off", "O2C Manager", 0),
	],
)
def test_ranks_are_shown_where_the_engine_acts_and_to_managers_in_shadow(order, as_user, engine, role, seen):
	order()
	settings = frappe.get_doc("O2C Settings")
	settings.priority_engine = engine
	settings.save()
	as_user(make.user("Sales User", role).name)
	summary = order_desk.get_summary()
	assert (len(rows()), summary.get("queue", 0), order_desk.get_card()["value"]) == (seen, seen, seen)
	assert (summary["visible"], summary["mode"]) == (bool(seen), engine)


def test_guests_get_no_answer_over_http(web):
	for method in ("get_queue", "get_summary", "get_card"):
		assert web.guest().get(f"/api/method/crm_o2c.api.order_desk.{method}").status_code == 403
