"""Curves: read as the admin wrote them, refused with the line, and only rising or falling between two points."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_o2c.engine.curves import CurveError, parse_curve


@pytest.mark.parametrize(
	("kind", "text", "value", "output"),
	[
		("linear", "0: 0\n90: 1", 45, 0.5),
		("linear", "0: 0\n90: 1", -5, 0),
		("linear", "0: 0\n90: 1", 900, 1),
		("linear", "10: 4", 3, 4),
		("steps", "0: 0\n1000: 0.5", 999.99, 0),
		("steps", "0: 0\n1000: 0.5", 1000, 0.5),
		("steps", "10: 3\n20: 4", 1, 3),
		("table", "Contract: 1\n*: 0", "Contract", 1),
		("table", "Contract: 1\n*: 0", "Spot", 0),
		("table", "Contract: 1", "Spot", None),
		("table", "Class: A: 2", "Class: A", 2),
		("table", "2: 7", 2.0, 7),
		("table", "1: 7", 1, 7),
		("linear", "  0 : 1 \n\n 10：2 ", 10, 2),
	],
)
def test_a_curve_answers(kind, text, value, output):
	assert parse_curve(kind, text).compile()(value) == output


@pytest.mark.parametrize(
	("kind", "text", "code", "params"),
	[
		("cubic", "0: 0", "curve.kind", {"kind": "cubic", "known": "linear, steps, table"}),
		("linear", " \n ", "curve.empty", {}),
		("linear", "0: 0\n5", "curve.line", {"line": 2, "text": "5"}),
		("linear", "0: 0\n: 5", "curve.line", {"line": 2, "text": ": 5"}),
		("linear", "0: 0\n\nten: 5", "curve.number", {"line": 3, "text": "ten"}),
		("table", "A: high", "curve.number", {"line": 1, "text": "high"}),
		("steps", "0: nan", "curve.number", {"line": 1, "text": "nan"}),
		("steps", "inf: 0", "curve.number", {"line": 1, "text": "inf"}),
		("steps", "0: 1e13", "curve.number", {"line": 1, "text": "1e13"}),
		("linear", "0: 0\n0.0: 5", "curve.duplicate", {}),
		("steps", "5: 0\n0: 5", "curve.order", {}),
	],
)
def test_a_curve_that_cannot_be_used_names_its_line(kind, text, code, params):
	with pytest.raises(CurveError) as refused:
		parse_curve(kind, text)
	assert (refused.value.code, refused.value.params) == (code, params)


points = st.lists(
	st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000)), min_size=1, max_size=8, unique_by=lambda p: p[0]
).map(sorted)


@given(points, st.floats(-1100, 1100), st.floats(-1100, 1100))
def test_a_line_is_monotone_between_two_points_and_flat_outside(rows, one, two):
	output = parse_curve("linear", "\n".join(f"{x}: {y}" for x, y in rows)).compile()
	low, high = sorted((one, two))
	inside = [y for x, y in rows if low < x < high]
	if not inside:
		ends = [y for x, y in rows if x <= low][-1:] + [y for x, y in rows if x >= high][:1]
		rising = ends == sorted(ends)
		assert output(low) <= output(high) + 1e-9 if rising else output(low) >= output(high) - 1e-9
	assert min(y for _x, y in rows) - 1e-9 <= output(one) <= max(y for _x, y in rows) + 1e-9


@given(points, st.sampled_from(["linear", "steps", "table"]))
def test_a_curve_survives_its_way_through_text(rows, kind):
	curve = parse_curve(kind, "\n".join(f"{x}: {y}" for x, y in rows))
	assert parse_curve(kind, curve.text()) == curve
