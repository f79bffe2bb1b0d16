"""Cells as people write them: read, or refused with a reason; never guessed."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_o2c.cli.values import CellError, date_order, day, flag, number


@pytest.mark.parametrize(
	("cell", "decimal_comma", "value"),
	[
		(12, False, 12.0),
		(12.5, False, 12.5),
		("", False, None),
		(None, False, None),
		("–", False, None),
		("1234.5", False, 1234.5),
		("1,234.50", False, 1234.5),
		("1,234,567", False, 1234567.0),
		("12,34,567.00", False, 1234567.0),
		("1.234,50", False, 1234.5),
		("1.234.567,50", True, 1234567.5),
		("1.234", True, 1234.0),
		("1,234", False, 1234.0),
		("1,234", True, 1.234),
		("1234,5", False, 1234.5),
		("12,5", False, 12.5),
		("1 234,50", True, 1234.5),
		("1'234.50", False, 1234.5),
		("¥1,234.00", False, 1234.0),
		("￥１，２３４．５", False, 1234.5),
		("$ 99", False, 99.0),
		("EUR 99.10", False, 99.1),
		("99 €", False, 99.0),
		("35%", False, 35.0),
		("-5", False, -5.0),
		("(5.00)", False, -5.0),
		("+7", False, 7.0),
		(".5", False, 0.5),
	],
)
def test_a_number_is_read_as_written(cell, decimal_comma, value):
	assert number(cell, decimal_comma) == value


@pytest.mark.parametrize(
	"cell",
	["abc", "1,23,4", "12,3456,789", "1.2.3", "nan", "inf", float("nan"), float("inf"), "1e5", "5 pcs of 7", "--5"],
)
def test_what_is_no_number_is_refused(cell):
	with pytest.raises(CellError):
		number(cell)


@given(st.floats(-1e9, 1e9).map(lambda x: round(x, 2)))
def test_a_number_survives_every_way_of_writing_it(value):
	english = f"{value:,.2f}"
	german = english.replace(",", "#").replace(".", ",").replace("#", ".")
	assert number(english) == number(german, decimal_comma=True) == value


@pytest.mark.parametrize(
	("cell", "order", "expected"),
	[
		("2026-03-31", None, date(2026, 3, 31)),
		("2026-03-31 14:05:00", None, date(2026, 3, 31)),
		("2026/3/1", None, date(2026, 3, 1)),
		("2026年3月1日", None, date(2026, 3, 1)),
		("20260301", None, date(2026, 3, 1)),
		(20260301, None, date(2026, 3, 1)),
		("31.03.2026", None, date(2026, 3, 31)),
		("01.03.2026", None, date(2026, 3, 1)),
		("31-03-2026", None, date(2026, 3, 31)),
		("03/31/2026", None, date(2026, 3, 31)),
		("03/04/2026", "dmy", date(2026, 4, 3)),
		("03/04/2026", "mdy", date(2026, 3, 4)),
		("04/04/2026", None, date(2026, 4, 4)),
		(datetime(2026, 3, 31, 9), None, date(2026, 3, 31)),
		(date(2026, 3, 31), None, date(2026, 3, 31)),
		("", None, None),
	],
)
def test_a_date_is_read_as_written(cell, order, expected):
	assert day(cell, order) == expected


@pytest.mark.parametrize(
	("cell", "reason"),
	[
		("03/04/2026", "{value} may be either of two days; say --dates dmy or --dates mdy"),
		("soon", "{value} is not a date; write 2026-03-31"),
		("46112", "{value} is not a date; write 2026-03-31"),
		("31/03/26", "{value} has no year of four figures; write 2026-03-31"),
		("2026-02-30", "{value} is a day that does not exist"),
		("2026-13-01", "{value} is a day that does not exist"),
	],
)
def test_a_date_in_doubt_is_refused_with_the_reason(cell, reason):
	with pytest.raises(CellError) as refused:
		day(cell)
	assert refused.value.text == reason


@pytest.mark.parametrize(
	("cells", "order"),
	[
		(["03/04/2026", "31/03/2026"], "dmy"),
		(["03/04/2026", "03/31/2026"], "mdy"),
		(["03/31/2026", "31/03/2026"], None),
		(["03/04/2026", None, 5], None),
	],
)
def test_a_column_tells_whether_the_day_or_the_month_comes_first(cells, order):
	assert date_order(cells) == order


def test_yes_and_no():
	assert [flag(c) for c in ("Yes", 1, "是", True, "", None, 0, "否")] == [True] * 4 + [False] * 4
	with pytest.raises(CellError):
		flag("perhaps")
