"""Tables out of files: CSV as people really save it, and XLSX. What can't be read is explained."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

SIGNS = ",;\t|"
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
HEADING_ROWS = 30  # a heading may have a few rows of notes above it, no more


class FileError(ValueError):
	"""A file that can't be read at all. `text` is the reason, a text to translate, with its values."""

	def __init__(self, text: str, **values: Any):
		super().__init__(text)
		self.text, self.values = text, values


class Table(NamedTuple):
	"""A file's heading and the rows below it, each with its number in the file (from 1)."""

	headings: list[Any]
	rows: list[tuple[int, list[Any]]]
	decimal_comma: bool  # parted by semicolons, as where the comma is the decimal sign


Known = Callable[[Sequence[Any]], int]  # how many of a row's cells are headings that we know


def read_table(path: Path, known: Known, encoding: str | None = None) -> Table:
	"""Read a CSV or XLSX file; the heading is the first row with at least two headings that are known."""
	if not path.is_file():
		raise FileError("{path} is not there", path=path)
	if path.suffix.lower() in (".xlsx", ".xlsm"):
		rows, decimal_comma = _xlsx_rows(path), False
	elif path.suffix.lower() == ".xls":
		raise FileError("{path} is an old Excel file; save it as .xlsx or as CSV", path=path)
	else:
		rows, decimal_comma = _csv_rows(path, known, encoding)
	numbered = [(n, row) for n, row in enumerate(rows, 1) if any(cell not in (None, "") for cell in row)]
	if not numbered:
		raise FileError("{path} is empty", path=path)
	for place, (_number, row) in enumerate(numbered[:HEADING_ROWS]):
		if known(row) >= 2:
			return Table(row, numbered[place + 1 :], decimal_comma)
	raise FileError("{path} has no row of headings that we know; see docs/command-line.md", path=path)


def _csv_rows(path: Path, known: Known, encoding: str | None) -> tuple[list[list[str]], bool]:
	data = path.read_bytes()
	text = _decode(path, data, known, encoding)
	sign = _sign(text)
	try:
		return list(csv.reader(io.StringIO(text, newline=""), delimiter=sign)), sign == ";"
	except csv.Error as e:
		raise FileError("{path} can't be read as CSV: {error}", path=path, error=e) from None


def _decode(path: Path, data: bytes, known: Known, encoding: str | None) -> str:
	encoding = encoding or next((name for bom, name in BOMS if data.startswith(bom)), None)
	try:
		return data.decode(encoding or "utf-8")
	except LookupError:
		raise FileError("{encoding} is not an encoding", encoding=encoding) from None
	except UnicodeDecodeError as e:
		if encoding is None and (text := _chinese(data, known)):
			return text
		raise FileError(
			"{path}, line {line}: byte {byte} is not {encoding}. Save the file as “CSV UTF-8”, or say --encoding gb18030 "
			"(Chinese Excel) or --encoding cp1252 (Western Excel)",
			path=path,
			line=data.count(b"\n", 0, e.start) + 1,
			byte=f"0x{data[e.start]:02X}",
			encoding=encoding or "UTF-8",
		) from None


def _chinese(data: bytes, known: Known) -> str | None:
	"""The text as Chinese Excel saves it, where that makes Chinese headings that we know. Else a guess would be wrong as
	often as right."""
	try:
		text = data.decode("gb18030")
	except UnicodeDecodeError:
		return None
	head = text.splitlines()[:HEADING_ROWS]
	rows = csv.reader(head, delimiter=_sign(text))
	return text if any(known(row) >= 2 and any(ord(c) > 0x2E7F for c in "".join(row)) for row in rows) else None


def _sign(text: str) -> str:
	"""What parts the columns: the sign that the longest heading-like line has most of."""
	lines = text.splitlines()[:HEADING_ROWS]
	return max(SIGNS, key=lambda sign: max((line.count(sign) for line in lines), default=0))


def _xlsx_rows(path: Path) -> list[list[Any]]:
	from openpyxl import load_workbook  # slow to import, and only XLSX needs it
	from openpyxl.utils.exceptions import InvalidFileException

	try:
		book = load_workbook(path, read_only=True, data_only=True)
		try:
			return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
		finally:
			book.close()
	except (BadZipFile, InvalidFileException, KeyError, IndexError, ValueError) as e:
		raise FileError("{path} can't be read as an Excel file: {error}", path=path, error=e) from None
