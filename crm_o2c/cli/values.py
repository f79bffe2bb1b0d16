"""What a cell says: numbers, dates and yes or no, as people and spreadsheets write them. A doubt is refused, not guessed."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from math import isfinite
from typing import Any


class CellError(ValueError):
	"""A cell that can't be read. `args` are the reason, a text to translate, and its values."""

	def __init__(self, text: str, **values: Any):
		super().__init__(text)
		self.text, self.values = text, values


_CURRENCY = re.compile(r"^(?:[A-Za-z]{3}\s+|[A-Z]{2,3}(?=\d)|[^\w\s.,+()'-]+\s*)|\s*(?:[A-Za-z]{3}|%|[^\w\s.,()'-]+)$")
_DATE_PARTS = re.compile(r"^(\d{1,4})\s*([-/.年])\s*(\d{1,2})\s*[-/.月]\s*(\d{1,4})日?(?:[ T].*)?$")
_YES = {"1", "yes", "y", "true", "x", "是", "√"}
_NO = {"0", "no", "n", "false", "", "否"}
DAY_FIRST, MONTH_FIRST = "dmy", "mdy"


def text_of(cell: Any) -> str:
	"""A cell as text, with full-width figures and letters as plain ones."""
	if isinstance(cell, float) and cell.is_integer():
		return str(int(cell))
	return "" if cell is None else unicodedata.normalize("NFKC", str(cell)).strip()


def number(cell: Any, decimal_comma: bool = False) -> float | None:
	"""A number; None for an empty cell. With `decimal_comma` a single comma is the decimal sign, else it parts thousands."""
	if isinstance(cell, int | float) and not isinstance(cell, bool):
		if not isfinite(cell):
			raise CellError("{value} is not a number", value=cell)
		return float(cell)
	text = text_of(cell)
	if not text or text in ("-", "–"):
		return None
	plain = _CURRENCY.sub("", text).replace(" ", "").replace("'", "").replace("’", "")
	if plain.startswith("(") and plain.endswith(")"):
		plain = f"-{plain[1:-1]}"
	plain = _decimal_point(plain, decimal_comma, text)
	if not re.fullmatch(r"[+-]?\d+(\.\d*)?|[+-]?\.\d+", plain):
		raise CellError("{value} is not a number", value=text)
	return float(plain)


def _decimal_point(plain: str, decimal_comma: bool, text: str) -> str:
	"""The number with a point as its decimal sign and nothing between thousands."""
	last = max(",.", key=plain.rfind) if "," in plain and "." in plain else None
	mark = last or ("," if decimal_comma else ".")
	other = "." if mark == "," else ","
	if other in plain and last is None and plain.count(other) == 1 and len(plain) - plain.index(other) != 4:
		mark, other = other, mark  # 1234,5 can't be thousands
	whole, _mark, fraction = plain.partition(mark)
	groups = whole.lstrip("+-").split(other)
	if len(groups) > 1 and not (
		1 <= len(groups[0]) <= 3 and all(len(g) in (2, 3) for g in groups[1:]) and len(groups[-1]) == 3
	):
		raise CellError("{value} is not a number: its thousands are not in groups of three", value=text)
	return f"{whole.replace(other, '')}.{fraction}" if _mark else whole.replace(other, "")


def day(cell: Any, order: str | None = None) -> date | None:
	"""A date; None for an empty cell. `order` says which comes first in 03/04/2026; without it such a date is refused."""
	if isinstance(cell, datetime):
		return cell.date()
	if isinstance(cell, date):
		return cell
	text = text_of(cell)
	if not text:
		return None
	if re.fullmatch(r"(19|20)\d{6}", text):
		text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
	parts = _DATE_PARTS.match(text)
	if not parts:
		raise CellError("{value} is not a date; write 2026-03-31", value=text)
	first, sign, second, third = parts[1], parts[2], parts[3], parts[4]
	try:
		if len(first) == 4:
			return date(int(first), int(second), int(third))
		if len(third) != 4:
			raise CellError("{value} has no year of four figures; write 2026-03-31", value=text)
		return _day_of(int(first), int(second), int(third), DAY_FIRST if sign == "." else order, text)
	except ValueError as e:
		if isinstance(e, CellError):
			raise
		raise CellError("{value} is a day that does not exist", value=text) from None


def _day_of(first: int, second: int, year: int, order: str | None, text: str) -> date:
	if first > 12 or second > 12 or first == second:
		order = DAY_FIRST if first > 12 or first == second else MONTH_FIRST
	if order is None:
		raise CellError("{value} may be either of two days; say --dates dmy or --dates mdy", value=text)
	return date(year, second, first) if order == DAY_FIRST else date(year, first, second)


def date_order(cells: Iterable[Any]) -> str | None:
	"""Which comes first in a column's dates, where any of them tells and all that tell agree."""
	told = set()
	for cell in cells:
		parts = _DATE_PARTS.match(text_of(cell)) if isinstance(cell, str) else None
		if parts and len(parts[1]) <= 2:
			if int(parts[1]) > 12:
				told.add(DAY_FIRST)
			elif int(parts[3]) > 12:
				told.add(MONTH_FIRST)
	return told.pop() if len(told) == 1 else None


def flag(cell: Any) -> bool:
	"""Yes or no; an empty cell is no."""
	text = text_of(cell).casefold()
	if text in _YES:
		return True
	if text in _NO:
		return False
	raise CellError("{value} is neither yes nor no", value=text)
