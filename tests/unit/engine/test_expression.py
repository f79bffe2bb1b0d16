"""Expressions: what an admin may write, and that everything else is refused when he saves, not during a run."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_o2c.engine.expression import FLAG, NUMBER, TEXT, ExpressionError, compile_expression

FIELDS = {"value": NUMBER, "lines": NUMBER, "tier": TEXT, "on_hold": FLAG}
VALUES = {"value": 500.0, "lines": 4, "tier": "A", "on_hold": False}


def refusal(text: str, want: str = FLAG) -> ExpressionError:
	with pytest.raises(ExpressionError) as refused:
		compile_expression(text, FIELDS, want)
	return refused.value


@pytest.mark.parametrize(
	("text", "want", "result"),
	[
		("value > 100 and tier == 'A'", FLAG, True),
		("tier in ['B', 'C'] or lines >= 4", FLAG, True),
		("tier not in ('A', 'B')", FLAG, False),
		("not on_hold", FLAG, True),
		("1 < lines < 10", FLAG, True),
		("min(value / 100, 3) + abs(-2)", NUMBER, 5),
		("value * 2 if tier == 'A' else 0", NUMBER, 1000),
		("round(value / 7) % 10", NUMBER, 1),
		("  -lines // 3 ", NUMBER, -2),
		("value / (lines - 4)", NUMBER, None),
		("value" + " * 99999999999999" * 28, NUMBER, None),
	],
)
def test_what_is_allowed_gives_its_result(text, want, result):
	assert compile_expression(text, FIELDS, want).evaluate(VALUES) == result


@pytest.mark.parametrize("values", [{}, {"value": None, "lines": 1}, {"value": "much", "lines": 1}])
def test_a_missing_input_or_one_of_the_wrong_type_has_no_answer(values):
	assert compile_expression("value * lines", FIELDS, NUMBER).evaluate(values) is None


@pytest.mark.parametrize(
	("text", "code"),
	[
		("", "expression.empty"),
		("1 +", "expression.syntax"),
		("x" * 501, "expression.long"),
		("profit > 1", "expression.unknown"),
		("__import__('os')", "expression.function"),
		("value.real > 1", "expression.not_allowed"),
		("tier.__class__.__mro__[1]", "expression.not_allowed"),
		("value ** 9 > 1", "expression.not_allowed"),
		("value << 9", "expression.not_allowed"),
		("[x for x in [1]]", "expression.not_allowed"),
		("lambda: 1", "expression.not_allowed"),
		("(value := 1)", "expression.not_allowed"),
		("f'{value}'", "expression.not_allowed"),
		("tier[0]", "expression.not_allowed"),
		("1e15 > value", "expression.not_allowed"),
		("b'x' == tier", "expression.not_allowed"),
		("value is 1", "expression.not_allowed"),
		("~lines", "expression.not_allowed"),
		("[1] > 2", "expression.not_allowed"),
		("tier * 2 > 1", "expression.needs_number"),
		("tier + 'x' == 'Ax'", "expression.needs_number"),
		("tier % lines", "expression.needs_number"),
		("tier > 'A'", "expression.needs_number"),
		("-tier", "expression.needs_number"),
		("min(tier, 1)", "expression.needs_number"),
		("value or tier", "expression.needs_number"),
		("tier == 1", "expression.mixed"),
		("value in ['A']", "expression.mixed"),
		("1 if on_hold else 'x'", "expression.mixed"),
		("tier in 'ABC'", "expression.in_list"),
		("max(1)", "expression.function"),
		("round(1.234, 2)", "expression.function"),
		("min(1, key=2)", "expression.function"),
		("open('x')", "expression.function"),
		("tier", "expression.result"),
		("\0", "expression.syntax"),
		("(" * 400, "expression.syntax"),
		("-" * 499 + "1", "expression.syntax"),
	],
)
def test_everything_else_is_refused_with_its_reason(text, code):
	assert refusal(text).code == code


def test_a_text_is_refused_where_a_number_is_needed():
	assert refusal("tier", NUMBER).params == {"want": NUMBER, "got": TEXT}


@pytest.mark.parametrize("nested", ["({} if 1 else 1)", "1<{}<1", "({} in [1,1])", "min({},1)", "not {}"])
def test_deep_nesting_is_checked_in_no_time(nested):
	text = "1"
	while len(nested.format(text)) < 480:
		text = nested.format(text)
	began = time.process_time()
	try:
		compile_expression(text, FIELDS)
	except ExpressionError as refused:
		assert refused.code == "expression.syntax"
	assert time.process_time() - began < 1


@given(st.text(alphabet="value tier lines()[]<>=+-*/%.,'\"0123456789andornotinifelse_", max_size=60))
def test_any_text_is_either_refused_or_runs(text):
	try:
		expression = compile_expression(text, FIELDS, NUMBER)
	except ExpressionError:
		return
	assert isinstance(expression.evaluate(VALUES), int | float | None)
