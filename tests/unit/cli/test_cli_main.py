"""The commands from end to end: what they write, say and return."""

import csv
import io
import json
from pathlib import Path

import pytest

from crm_o2c.cli import book, main, page
from crm_o2c.cli.ranking import Setting, rank_book
from crm_o2c.cli.words import Words
from crm_o2c.engine.defaults import DEFAULT_POLICY
from crm_o2c.engine.facts import OrderFacts

GOLDEN = json.loads((Path(__file__).parents[2] / "data" / "priority_cases.json").read_text(encoding="utf-8"))
ORDERS = (
	"Order,Customer,Date,Delivery Date,Value,Lines,Tier\nSO-1,Acme,2026-02-01,2026-03-20,100,3,C\n"
	"SO-2,=Bolt,2026-02-20,2026-02-27,9000,3,A\nSO-3,Cog,2026-02-24,2026-03-02,500,3,\n"
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
	monkeypatch.chdir(tmp_path)
	(tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
	return tmp_path


def rank(*arguments: str) -> int:
	return main(["rank", "orders.csv", "--today", "2026-03-02", *arguments])


def test_the_top_of_the_queue_is_shown(folder, capsys):
	assert rank() == 0
	shown = capsys.readouterr()
	assert [line.split()[1] for line in shown.out.splitlines()[1:]] == ["SO-2", "SO-3", "SO-1"]
	assert "Critical" in shown.out and "3 open orders ranked" in shown.err


def test_json_holds_the_whole_decision_and_the_same_bytes_each_time(folder, capsys):
	assert rank("--out", "json") == 0
	first = (folder / "orders.ranked.json").read_bytes()
	assert rank("--out", "json") == 0
	assert (folder / "orders.ranked.json").read_bytes() == first
	top = json.loads(first)["orders"][0]
	assert (top["position"], top["order"], top["band"], top["missing"]) == (1, "SO-2", "Critical", [])
	assert round(sum(term["points"] for term in top["terms"]), 2) == top["points"]


def test_csv_is_in_the_readers_language_and_harmless_in_a_spreadsheet(folder, capsys):
	assert rank("--out", "csv", "--lang", "zh", "--to", "-") == 0
	rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
	assert rows[0]["客户"] == "'=Bolt" and rows[0]["优先等级"] == "紧急"
	assert rows[1]["客户等级"] == "" and "未知：客户等级" in rows[1]["原因"]


def test_the_page_holds_every_order_and_nothing_from_them_as_markup(folder):
	(folder / "orders.csv").write_text(ORDERS.replace("Cog", "</script><b>Cog"), encoding="utf-8")
	assert rank("--out", "html", "--to", "queue/page.html") == 0
	text = (folder / "queue" / "page.html").read_text(encoding="utf-8")
	data = json.loads(text.split('id="data">')[1].split("</script>")[0])
	assert {order[2] for order in data["orders"]} == {"SO-1", "SO-2", "SO-3"}
	assert "</script><b>" not in text and "__" not in text.split("<script")[0]
	assert "http://" not in text and "https://" not in text


def test_rejects_are_written_beside_and_told_by_the_exit_code(folder, capsys):
	(folder / "orders.csv").write_text(ORDERS + "SO-4,Dot,soon,2026-03-02,1,1,A\n", encoding="utf-8")
	assert rank() == 1
	rows = list(csv.DictReader((folder / "orders.rejected.csv").open(encoding="utf-8-sig")))
	assert rows == [{"Row": "5", "Column": "Date", "Value": "soon", "Reason": "soon is not a date; write 2026-03-31"}]
	assert "1 rows left out" in capsys.readouterr().err


def test_a_policy_file_goes_over_the_default_policy(folder, capsys):
	policy = {
		"name": "Tiers first",
		"factors": [{"source": "tier", "weight": 30}],
		"days_off": [],
		"holidays": ["2026-03-03"],
	}
	(folder / "policy.json").write_text(json.dumps(policy), encoding="utf-8")
	assert rank("--policy", "policy.json", "--out", "json", "--to", "-") == 0
	ranked = json.loads(capsys.readouterr().out)
	assert ranked["policy"] == "Tiers first" and ranked["orders"][0]["points"] == 30.0


@pytest.mark.parametrize(
	("policy", "said"),
	[
		('{"spread": 0}', "spread: must be above 0"),
		('{"factors": [{"source": "weather", "weight": 1}]}', "factors 1 source: weather is not a source"),
		('{"weights": 1}', "is not a policy"),
		('{"factors": 5}', "is not a policy"),
		('{"gates": [{"gate": "condition", "condition": null}]}', "is not a policy"),
		('{"days_off": ["Fryday"]}', "is not a policy"),
		('{"holidays": ["soon"]}', "is not a policy"),
		("[]", "is not a policy"),
		("{", "is not a policy"),
	],
)
def test_a_policy_that_cannot_be_used_is_explained(folder, capsys, policy, said):
	(folder / "policy.json").write_text(policy, encoding="utf-8")
	assert rank("--policy", "policy.json") == 2
	assert said in capsys.readouterr().err


@pytest.mark.parametrize(
	("arguments", "said"),
	[
		(["rank"], "say either a file of orders or --site"),
		(["rank", "none.csv"], "none.csv is not there"),
		(["rank", "orders.csv", "--policy", "none.json"], "none.json"),
		(["rank", "--site", "https://erp.example.com"], "put the token into O2C_API_KEY"),
	],
)
def test_what_is_missing_is_said(folder, capsys, monkeypatch, arguments, said):
	monkeypatch.delenv("O2C_API_KEY", raising=False)
	assert main(arguments) == 2
	assert said in capsys.readouterr().err


def test_a_file_without_open_orders_is_explained(folder, capsys):
	(folder / "orders.csv").write_text("Order,Customer,Status\nSO-1,A,Closed\n", encoding="utf-8")
	assert rank() == 2
	assert "no open order" in capsys.readouterr().err


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_golden_case_through_a_file(folder, capsys, case):
	facts = case["facts"]
	held = {True: "1", False: "", None: ""}
	titles = [
		"Order",
		"Customer",
		"Value",
		"Tier",
		"Date",
		"Delivery Date",
		"Lines",
		"Total Quantity",
		"Boost",
		"Status",
		"On Hold",
	]
	keys = ["order", "customer", "value", "tier", "order_date", "promise_date", "lines", "units", "boost"]
	row = [
		*(facts.get(key, "") for key in keys),
		"" if facts.get("submitted", True) else "Draft",
		held[facts.get("on_hold")],
	]
	with (folder / "orders.csv").open("w", newline="") as file:
		csv.writer(file).writerows([titles, row])
	(folder / "customers.csv").write_text(f"Customer,Disabled\nAcme,{int(facts.get('customer_blocked', False))}\n")
	setting = {"reference": GOLDEN["reference"], "days_off": [], "holidays": GOLDEN["holidays"]}
	(folder / "policy.json").write_text(json.dumps(setting))
	assert rank("--customers", "customers.csv", "--policy", "policy.json", "--out", "json", "--to", "-") == 0
	told = json.loads(capsys.readouterr().out)["orders"][0]
	expected = case["expect"]
	assert (told["points"], told["score"], told["band"]) == (expected["points"], expected["score"], expected["band"])
	if expected["gate"] != "no_stock":  # a file of one row per order does not know stock
		assert told["gate"] == expected["gate"]


# -- the demo --------------------------------------------------------------------------------------------------------------


def test_the_demo_book_has_its_size_and_is_the_same_each_time():
	orders = list(book.order_book())
	assert (len(orders), sum(f.lines for f in orders), len({f.customer for f in orders})) == (20_000, 60_000, 2_000)
	assert orders == list(book.order_book())
	assert len({f.order for f in orders}) == 20_000


def test_the_page_of_the_same_book_is_the_same_to_the_byte():
	some = list(book.order_book())[:400]
	pages = {
		page.html(rank_book(orders, Setting(DEFAULT_POLICY), book.DEMO_TODAY), Words()) for orders in (some, some[::-1])
	}
	assert len(pages) == 1


def test_the_demo_writes_its_page_and_shows_the_top_ten(folder, capsys, monkeypatch):
	orders = some_orders(60)
	monkeypatch.setattr(book, "order_book", lambda today: orders)
	assert main(["demo"]) == 0
	shown = capsys.readouterr().out.splitlines()
	assert shown[1].split()[0] == "1" and shown[10].split()[0] == "10"
	assert (folder / "build" / "demo" / "index.html").is_file()


def some_orders(number: int) -> list[OrderFacts]:
	return list(book.order_book())[:number]


def test_every_nth_release_of_the_queue_goes_to_the_most_overdue():
	ranking = rank_book(some_orders(500), Setting(DEFAULT_POLICY), book.DEMO_TODAY)
	queue = [ranked for ranked in ranking.orders if ranked.position]
	by_lane = [ranked.position for ranked in queue if ranked.by_lane]
	assert by_lane and all(position % 10 == 0 for position in by_lane)
	assert [ranked.position for ranked in queue] == list(range(1, len(queue) + 1))
	assert len(ranking.orders) == 500
