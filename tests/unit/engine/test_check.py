"""Rules applied to orders: scope, order of findings, what must be loaded, and rules that can't be used."""

import random
import time
from dataclasses import replace

import pytest

from crm_o2c.engine.anomaly import rules as r
from crm_o2c.engine.anomaly.catalogue import DETECTORS, ORDER
from crm_o2c.engine.anomaly.check import Checker, check_rule, verdict
from crm_o2c.engine.anomaly.defaults import DEFAULT_RULES, EXAMPLE_RULES
from crm_o2c.engine.anomaly.detectors.custom import CHECK_FIELDS
from crm_o2c.engine.anomaly.facts import CreditFacts
from crm_o2c.engine.anomaly.messages import ANOMALY_MESSAGES, COLUMN_KINDS, kind_of, param_code
from crm_o2c.engine.anomaly.rules import Rule, Scope
from crm_o2c.engine.expression import FLAG, NUMBER, TEXT
from crm_o2c.engine.messages import MESSAGES, render
from crm_o2c.setup.example_scripts import EXAMPLE_SCRIPTS

from engine import golden
from engine.check_book import SETTING, line, order

CHEAP = line(1, rate=5.0, list_rate=20.0, cost=12.0)


def findings(facts, *rules, **given):
	return Checker(rules, SETTING, **given).findings(facts)


def rule(detector, **values):
	return Rule(f"{detector}-1", detector, detector, **values)


# -- what is found -----------------------------------------------------------------------------------------------------------


def test_nothing_is_found_of_an_order_as_usual():
	assert not findings(order(), *DEFAULT_RULES, *EXAMPLE_RULES)


def test_the_strongest_action_comes_first_then_the_severest_then_what_is_most_at_risk():
	facts = order(CHEAP, line(2, rate=4.0, list_rate=20.0, qty=100.0), line(3, rate=11.0))
	facts = facts._replace(credit=CreditFacts(limit=500.0, this_order=facts.net))
	found = findings(
		facts,
		rule("margin.negative", severity="High"),
		rule("price.low", severity="Critical"),
		rule("cust.new_large", severity="Critical", action=r.HOLD),
		rule("credit.limit", severity="Low", action=r.HOLD, params={"percent": 0.1}),
	)
	places = [(f.rule.detector, f.hit.line) for f in found]
	assert places[0] == ("credit.limit", 0)
	assert places[1:3] == [("price.low", 2), ("price.low", 1)]
	assert [detector for detector, _line in places[3:]] == ["margin.negative"] * 3
	assert verdict(found) == r.HOLD and verdict(found[1:]) == r.WARN and verdict([]) is None


def test_each_rule_finds_a_case_once_and_each_rule_for_itself():
	twice = line(1, rate=5.0, list_rate=20.0, row="same"), line(2, rate=5.0, list_rate=20.0, row="same")
	loose, strict = rule("price.low"), replace(rule("price.low"), rule="strict", params={"percent": 10.0})
	assert [f.key for f in findings(order(*twice), loose, strict)] == ["price.low|same", "strict|same"]


def test_a_new_version_of_a_rule_finds_the_same_cases():
	first, second = rule("price.low"), replace(rule("price.low"), name="price.low-2", severity="Low")
	assert [f.key for f in findings(order(CHEAP), first)] == [f.key for f in findings(order(CHEAP), second)]


def test_a_case_keeps_its_key_when_lines_move():
	moved = CHEAP._replace(number=2)
	before, after = findings(order(CHEAP), rule("price.low")), findings(order(line(3), moved), rule("price.low"))
	assert [f.key for f in before] == [f.key for f in after]


def test_parameters_of_the_rule_go_over_the_defaults():
	facts = order(line(rate=17.0, list_rate=20.0))
	assert not findings(facts, rule("price.low"))
	assert findings(facts, rule("price.low", params={"percent": 10.0}))


def test_an_unknown_detector_finds_nothing():
	assert not findings(order(CHEAP), rule("price.of.fish"))


# -- scope -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("scope", "applies"),
	[
		(Scope(customer_groups=frozenset(("Retail", "Shops"))), True),
		(Scope(customer_groups=frozenset(("Wholesale",))), False),
		(Scope(customer_groups=frozenset()), False),
		(Scope(order_type="Sales"), True),
		(Scope(order_type="Maintenance"), False),
		(Scope(item_groups=frozenset(("Tools",))), True),
		(Scope(item_groups=frozenset(("Toys",))), False),
		(Scope(warehouses=frozenset(("Stores",))), True),
		(Scope(warehouses=frozenset(("North",)), item_groups=frozenset(("Tools",))), False),
	],
)
def test_where_a_rule_applies(scope, applies):
	assert bool(findings(order(CHEAP), rule("price.low", scope=scope))) == applies


def test_a_test_of_lines_sees_those_in_its_scope_and_a_test_of_the_order_sees_all():
	other = CHEAP._replace(number=2, row="row2", item_group="Toys")
	tools = Scope(item_groups=frozenset(("Tools",)))
	facts = order(CHEAP, other)._replace(credit=CreditFacts(limit=90.0, this_order=100.0))
	assert [f.hit.line for f in findings(facts, rule("price.low", scope=tools))] == [1]
	assert findings(facts, rule("credit.limit", scope=tools))[0].hit.at_risk == 10.0
	assert not findings(order(other), rule("credit.limit", scope=tools))


# -- what must be loaded -----------------------------------------------------------------------------------------------------


def test_needs_are_those_of_the_rules_and_of_the_names_in_expressions():
	assert Checker([], SETTING).needs == frozenset()
	assert Checker([rule("credit.limit"), rule("dup.order")], SETTING).needs == {r.CREDIT, r.RECENT}
	written = rule("expression", expression="overdue_days > 3 or short_units > 0", text="late")
	assert Checker([written], SETTING).needs == {r.CREDIT, r.STOCK}
	assert all(detector.needs <= set(r.NEEDS) for detector in DETECTORS.values())


def test_what_was_not_loaded_is_not_found():
	bare = order(line(about=None, patterns=None, promise=None, cost=None), credit=None, about_customer=None)
	assert not findings(bare, *DEFAULT_RULES)


# -- expressions and scripts -------------------------------------------------------------------------------------------------


def test_an_expression_over_the_figures_of_the_order():
	written = rule("expression", expression="discount > 20 and days_to_promise < 5", text="much off, and soon")
	(found,) = findings(order(line(hand_discount=21.0)), written)
	assert render(found.hit.code, found.hit.params) == "much off, and soon"
	assert found.hit.evidence.rows == (("days_to_promise", 4), ("discount", 21.0)) and found.hit.at_risk == 200.0
	assert not findings(order(line(hand_discount=20.0)), written)


def test_every_name_of_an_expression_has_a_value_of_its_type():
	facts = order(line(hand_discount=5.0), terms_days=30, credit=CreditFacts(limit=500.0, this_order=200.0))
	kinds = {NUMBER: (int, float), TEXT: str, FLAG: bool}
	for name, (kind, need, read) in CHECK_FIELDS.items():
		if name != "short_units":  # no line has a promise
			assert isinstance(read(facts, SETTING), kinds[kind]), name
		assert need is None or need in r.NEEDS


@pytest.mark.parametrize(
	("name", "value"),
	[
		("net", 220.0),
		("lines", 2),
		("units", 21.0),
		("margin_percent", 100 * (1 - 168 / 220)),
		("credit_headroom", 280.0),
		("smallest_margin_percent", -140.0),
		("largest_line", 200.0),
		("orders_before", 12),
		("overdue_amount", 7.5),
	],
)
def test_the_figures_of_an_order(name, value):
	credit = CreditFacts(limit=500.0, this_order=220.0, overdue=7.5)
	facts = order(line(), line(2, qty=1.0, factor=11.0, cost=48 / 11.0), credit=credit)
	assert CHECK_FIELDS[name][2](facts, SETTING) == pytest.approx(value)


def test_fields_of_the_order_and_what_is_not_known():
	written = rule("expression", expression="source == 'Phone' and net > 100", text="by phone")
	fields = {"source": TEXT, "net": TEXT}  # a name of ours comes before a field
	checker = Checker([written], SETTING, fields=fields)
	assert checker.fields_used == {"source"} and not check_rule(written, fields)
	assert checker.findings(order(fields={"source": "Phone"}))
	assert not checker.findings(order(fields={"source": "Shop"})) and not checker.findings(order())


def test_an_expression_whose_field_is_gone_finds_nothing():
	assert not findings(order(), rule("expression", expression="gone > 1", text="x"))


def test_rows_of_a_script_are_hits():
	rows = [{"message": "odd", "line": 1, "at_risk": 5}, {"message": "whole"}, {"line": 9}]
	written = rule("script", script="Mine", text="the script's own words")
	found = findings(order(), written, scripts={"Mine": lambda facts: rows})
	assert [(f.hit.key, f.hit.line, f.hit.item, f.hit.at_risk) for f in found] == [
		("row1", 1, "ITEM-1", 5.0),
		("script", 0, None, None),
	]
	assert [f.hit.params["text"] for f in found] == ["odd", "whole"]
	assert not findings(order(), written)


# -- rules that can't be used ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("bad", "field", "said"),
	[
		(rule("price.of.fish"), "detector", "price.of.fish is not a detector"),
		(rule("price.low", params={"size": 1.0}), "size", "size is not a parameter of this detector; use percent, "),
		(rule("price.swap", params={"size": 1.0}), "size", "this detector has no parameters"),
		(rule("price.low", params={"percent": "x"}), "percent", "must be a number"),
		(rule("price.low", params={"percent": float("nan")}), "percent", "must be a number"),
		(rule("price.low", params={"percent": 101.0}), "percent", "must be between 0 and 100"),
		(rule("price.low", params={"lines": 2.5}), "lines", "must be a whole number"),
		(rule("price.low", severity="Bad"), "severity", "Bad is not a severity; choose one of Low, Medium"),
		(rule("price.low", action="Shout"), "action", "Shout is not an action; choose one of Note, Warn"),
		(rule("stock.late", action=r.HOLD), "action", "this detector can't hold an order; choose Note, Warn, Block"),
		(rule("expression", text="x"), "expression", "an expression is needed"),
		(rule("expression", text="x", expression="nett > 1"), "expression", "nett is not known here; use "),
		(rule("expression", text="x", expression="customer"), "expression", "gives a text where a flag is needed"),
		(rule("expression", expression="net > 1", text=" "), "text", "say in words what it finds"),
		(rule("script"), "script", "choose the server script"),
	],
)
def test_a_rule_that_cannot_be_used_is_explained(bad, field, said):
	(problem,) = check_rule(bad)
	assert problem.field == field and render(problem.code, problem.params).startswith(said)


def test_all_that_is_wrong_is_told_at_once():
	bad = rule("price.low", params={"size": 1.0, "percent": -1.0}, severity="", action="")
	assert [p.field for p in check_rule(bad)] == ["size", "percent", "severity", "action"]


# -- the catalogue -----------------------------------------------------------------------------------------------------------


def test_every_detector_of_the_catalogue_is_there_once_with_its_words():
	assert tuple(DETECTORS) == ORDER and len(set(ORDER)) == len(ORDER)
	for code, detector in DETECTORS.items():
		assert detector.code == code and f"detector.{code}" in MESSAGES
		for param in detector.params:
			assert {param_code(code, param.name), f"{param_code(code, param.name)}.help"} <= set(MESSAGES)
			assert param.low <= param.default <= param.high
			assert param.unit in ("percent", "days", "money", "times", "share", "count", "units")
	known = {f"param.{code}.{p.name}{end}" for code, d in DETECTORS.items() for p in d.params for end in ("", ".help")}
	assert {code for code in ANOMALY_MESSAGES if code.startswith("param.")} == known


def test_every_column_says_what_it_holds():
	columns = {code for code in ANOMALY_MESSAGES if code.startswith("col.")}
	assert set(COLUMN_KINDS) == columns
	assert kind_of("credit.limit", "excess") == "money" and kind_of("qty.outlier", "usual") == "number"


def test_the_rules_a_site_starts_with_can_be_used():
	rules = [*DEFAULT_RULES, *EXAMPLE_RULES]
	assert not [problem for one in rules for problem in check_rule(one)]
	assert [one.detector for one in DEFAULT_RULES] == [code for code in ORDER if code not in ("expression", "script")]
	assert len({one.rule for one in rules}) == len(rules)
	assert [one.detector for one in DEFAULT_RULES if one.action == r.HOLD] == ["credit.limit"]
	assert {one.script for one in EXAMPLE_RULES if one.script} == set(EXAMPLE_SCRIPTS)


def test_rules_are_fast_enough_for_a_whole_book():
	"""100,000 orders with three lines and 20 rules in 6 s, so 60 µs an order; half of that here, and twice that on a slow machine."""
	chance = random.Random(3)
	lines = [line(n, list_rate=20.0, rate=chance.choice((20.0, 19.0))) for n in range(1, 4)]
	facts, checker = order(*lines), Checker(DEFAULT_RULES, SETTING)
	best = min(_seconds(checker, facts) for _try in range(5))
	assert best < 120e-6


def _seconds(checker, facts, times=300):
	began = time.process_time()
	for _time in range(times):
		checker.findings(facts)
	return (time.process_time() - began) / times


# -- golden cases ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", golden.GOLDEN["cases"], ids=lambda case: case["name"])
def test_golden_case(case):
	assert golden.findings(case) == case["expect"]
