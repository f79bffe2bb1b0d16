"""`crm-o2c check` from end to end: what it writes, says and returns."""

import csv
import io
import json
import re

import pytest

from crm_o2c.cli import main
from crm_o2c.cli.check_page import TEMPLATE, TEXTS
from crm_o2c.cli.words import Words
from crm_o2c.engine.anomaly.rules import ACTIONS, SEVERITIES

from engine import golden

ORDERS = (
	"Order,Customer,Date,Item,Qty,Rate,List Rate,Delivery Date,Credit Limit,Outstanding\n"
	"SO-1,Acme,2026-03-02,A,10,20,20,2026-03-06,1000,100\n"
	"SO-2,=Bolt,2026-03-02,B,1,2000,20,2026-03-06,1000,0\n"
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
	monkeypatch.chdir(tmp_path)
	(tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
	return tmp_path


def check(*arguments):
	return main(["check", "orders.csv", "--today", "2026-03-02", *arguments])


def test_what_is_most_at_risk_is_shown_first(folder, capsys):
	assert check() == 0
	shown = capsys.readouterr()
	rows = shown.out.splitlines()
	assert "Misplaced Decimal Point" in rows[1] and "price 2,000.00 is 100 times 20.00" in rows[1]
	assert "Over the Credit Limit" in rows[2] and "over the credit limit by 1,000.00: 2,000.00 of 1,000.00" in rows[2]
	assert rows[-1] == "Misplaced Decimal Point 1, Over the Credit Limit 1"
	assert "2 orders checked, 1 with alerts" in shown.err


def test_json_has_codes_words_and_evidence_and_the_same_bytes_each_time(folder):
	assert check("--out", "json") == 0
	first = (folder / "orders.checked.json").read_bytes()
	assert check("--out", "json") == 0
	assert (folder / "orders.checked.json").read_bytes() == first
	told = json.loads(first)
	(odd,) = told["orders"]
	assert (told["orders_checked"], odd["order"], odd["verdict"]) == (2, "SO-2", "Hold")
	credit, slip = odd["alerts"]
	assert credit["evidence"]["rows"][-1] == ["Over the limit", "1,000.00"]
	assert slip["remedies"] == [{"code": "set_rate", "line": 1, "rate": 20.0}] and slip["confidence"] == 1.0


def test_csv_is_in_the_readers_language_and_harmless_in_a_spreadsheet(folder, capsys):
	assert check("--out", "csv", "--lang", "zh", "--to", "-") == 0
	rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
	assert [row["检测项"] for row in rows] == ["小数点错位", "超出信用额度"]
	assert (
		rows[0]["客户"] == "'=Bolt" and "小数点似乎错位" in rows[0][next(k for k in rows[0] if k in ("项目", "内容"))]
	)


def test_the_page_holds_every_alert_and_nothing_from_the_orders_as_markup(folder):
	(folder / "orders.csv").write_text(ORDERS.replace("=Bolt", "</script><b>Bolt"), encoding="utf-8")
	assert check("--out", "html", "--to", "checked/page.html") == 0
	text = (folder / "checked" / "page.html").read_text(encoding="utf-8")
	data = json.loads(text.split('id="data">')[1].split("</script>")[0])
	assert [alert[0] for alert in data["alerts"]] == ["SO-2", "SO-2"] and data["held"] == 1
	assert "</script><b>" not in text and "__" not in text.split("<script")[0]
	assert "http://" not in text and "https://" not in text


def test_the_page_uses_exactly_the_texts_that_it_is_given():
	template = TEMPLATE.read_text(encoding="utf-8")
	used = set(re.findall(r'T\("([^"]+)"', template)) | set(re.findall(r'\["([A-Z][^"]+)", ', template))
	assert used | set(re.findall(r'(?:turn|bullets)\("([A-Z][^"]+)"', template)) == set(TEXTS)


@pytest.mark.parametrize("text", [*TEXTS, *SEVERITIES, *ACTIONS])
def test_texts_of_the_page_have_their_chinese(text):
	assert Words("zh").untouched(text) != text


def test_nothing_found_is_said(folder, capsys):
	(folder / "orders.csv").write_text("\n".join(ORDERS.splitlines()[:2]), encoding="utf-8")
	assert check() == 0
	shown = capsys.readouterr()
	assert shown.out == "" and "1 orders checked, 0 with alerts" in shown.err


def test_rejects_of_both_files_are_written_beside_and_told_by_the_exit_code(folder, capsys):
	(folder / "orders.csv").write_text(ORDERS + "SO-3,Cog,soon,A,1,20,,,,\n", encoding="utf-8")
	(folder / "old.csv").write_text("Order,Item,Qty\nSO-0,,1\n", encoding="utf-8")
	assert check("--history", "old.csv") == 1
	rejected = (folder / "orders.rejected.csv").read_text(encoding="utf-8-sig")
	assert "4,Date,soon,soon is not a date" in rejected
	assert "the row has no item" in (folder / "old.rejected.csv").read_text(encoding="utf-8-sig")
	assert "1 rows left out, see orders.rejected.csv" in capsys.readouterr().err


@pytest.mark.parametrize(
	("text", "said"),
	[("Order,Item\n", "no order was found"), ("a,b\n1,2\n", "has no row of headings that we know"), ("", "is empty")],
)
def test_a_file_without_orders_is_explained(folder, capsys, text, said):
	(folder / "orders.csv").write_text(text, encoding="utf-8")
	assert check() == 2
	assert said in capsys.readouterr().err


# -- rules -------------------------------------------------------------------------------------------------------------------


def with_rules(folder, rules):
	(folder / "rules.json").write_text(rules if isinstance(rules, str) else json.dumps(rules), encoding="utf-8")
	return check("--rules", "rules.json", "--out", "json", "--to", "-")


def test_rules_of_a_file_go_over_the_default_ones(folder, capsys):
	rules = [
		{"detector": "price.slip", "action": "Off"},
		{"detector": "credit.limit", "action": "Warn", "params": {"percent": 250}},
		{"detector": "price.high", "params": {"percent": 50}, "severity": "Low"},
		{
			"detector": "expression",
			"expression": "net > 1500",
			"text": "a large one",
			"name": "Large",
			"severity": "High",
		},
	]
	assert with_rules(folder, rules) == 0
	alerts = json.loads(capsys.readouterr().out)["orders"][0]["alerts"]
	assert [(a["rule"], a["severity"], a["action"], a["sentence"]) for a in alerts] == [
		("Large", "High", "Warn", "a large one")
	]


@pytest.mark.parametrize(
	("rules", "said"),
	[
		("{", "is not a list of rules"),
		([{"name": "x"}], "is not a list of rules"),
		([{"detector": "price.of.fish"}], "price.of.fish is not a detector"),
		([{"detector": "price.low", "colour": 1}], "is not a list of rules"),
		([{"detector": "price.low", "params": {"percent": 900}}], "percent: must be between 0 and 100"),
		([{"detector": "script", "script": "Mine"}], "a server script runs on a site only"),
	],
)
def test_rules_that_cannot_be_used_are_explained(folder, capsys, rules, said):
	assert with_rules(folder, rules) == 2
	assert said in capsys.readouterr().err


# -- golden cases ------------------------------------------------------------------------------------------------------------

HEAD = ("order", "customer", "order_date", "status", "po_no", "credit_limit", "outstanding", "overdue_amount")
HEAD += ("overdue_days", "exchange_rate", "rate_on_file", "currency")
LINE = ("item", "quantity", "uom", "factor", "rate", "list_rate", "cost", "promise_date", "on_stock", "min_qty")


def write(path, orders):
	with path.open("w", newline="", encoding="utf-8") as file:
		out = csv.writer(file)
		out.writerow([*HEAD, *LINE])
		for head, lines in orders:
			out.writerows([*(head.get(k, "") for k in HEAD), *(row.get(k, "") for k in LINE)] for row in lines)


@pytest.mark.parametrize("case", golden.GOLDEN["cases"], ids=lambda case: case["name"])
def test_golden_case_through_a_file(folder, capsys, case):
	write(folder / "orders.csv", [({**case["order"], "order_date": golden.GOLDEN["today"]}, case["lines"])])
	write(folder / "old.csv", [(past, past["lines"]) for past in golden.history(case)])
	history = ("--history", "old.csv") if "history" in case else ()
	assert check(*history, "--out", "json", "--to", "-") == 0
	told = json.loads(capsys.readouterr().out)
	alerts = told["orders"][0]["alerts"] if told["orders"] else []
	kept = ("check", "severity", "action", "line", "at_risk")
	assert [{k: a[k] for k in kept} for a in alerts] == [{k: e[k] for k in kept} for e in case["expect"]]
	for alert, expected in zip(alerts, case["expect"], strict=True):
		assert [_as_text(r) for r in alert["remedies"]] == expected["remedies"]
		assert [_as_text(w) for w in alert["ways"]] == expected["ways"]


def _as_text(action):
	code = action.pop("code")
	return f"{code} {json.dumps(action)}"
