"""The rows of a book on their way into the database: written to files, table by table, hashed and loaded."""

import hashlib
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from seeding.templates import Template

NULL = "\\N"


class Table:
	"""Rows of one DocType: the columns that vary go to a file, the others are the template's."""

	def __init__(self, file: Path, doctype: str, template: Template, columns: list[str]):
		self.file, self.doctype, self.columns = file, doctype, columns
		self.same = {column: value for column, value in template.items() if column not in columns}
		self.rows, self.seconds = 0, 0.0
		self.hash = hashlib.sha256()
		self._out = file.open("w", buffering=1 << 20)

	def add(self, *values: Any) -> None:
		"""One row, in the order of the columns. A line break within a value is written as backslash and n."""
		self.rows += 1
		texts = [NULL if v is None else v if v.__class__ is str else str(v) for v in values]
		self._out.write("\t".join(texts) + "\n")

	def close(self) -> None:
		self._out.close()
		with self.file.open("rb") as written:
			while block := written.read(1 << 20):
				self.hash.update(block)


class Stream:
	"""Every table of a book, in the order in which they were asked for."""

	def __init__(self, folder: Path, templates: dict[str, Template]):
		self.folder, self.templates = folder, templates
		self.tables: list[Table] = []

	def table(self, key: str, *columns: str) -> Table:
		"""A new table from the template of that key: a DocType, or what of it ("GL Entry of invoice, debit")."""
		doctype = key.partition(" of ")[0]
		made = Table(self.folder / f"{len(self.tables)}.tsv", doctype, self.templates[key], list(columns))
		self.tables.append(made)
		return made

	def close(self) -> str:
		"""No more rows; the first digits of the hash of all that was written."""
		whole = hashlib.sha256()
		for table in self.tables:
			table.close()
			whole.update(table.hash.digest())
		return whole.hexdigest()[:16]


# -- loading -----------------------------------------------------------------------------------------------------------


def load(tables: list[Table], conf: dict[str, Any], method: str, chunk: int) -> None:
	"""Load the files and remove them, each table in a transaction of its own. `conf` is the site's configuration.

	The connection is our own: Frappe's refuses LOAD DATA LOCAL.
	"""
	import pymysql

	connection = pymysql.connect(
		host=conf.get("db_host") or "127.0.0.1",
		port=int(conf.get("db_port") or 3306),
		user=conf["db_name"],
		password=conf["db_password"],
		database=conf["db_name"],
		local_infile=True,
		charset="utf8mb4",
	)
	with connection, connection.cursor() as cursor:
		cursor.execute("set unique_checks=0, foreign_key_checks=0")
		for table in tables:
			started = time.perf_counter()
			loaded = _by_file(cursor, table) if method == "infile" else _by_rows(cursor, table, chunk)
			if loaded != table.rows:
				raise SystemExit(f"{table.doctype}: {loaded} of {table.rows} rows were loaded")
			connection.commit()
			table.file.unlink()
			table.seconds = time.perf_counter() - started


def _by_file(cursor, table: Table) -> int:
	columns = ", ".join(f"`{column}`" for column in table.columns)
	same = ", ".join(f"`{column}`=%s" for column in table.same)
	cursor.execute(
		f"load data local infile %s into table `tab{table.doctype}` character set utf8mb4 "
		f"fields terminated by '\\t' ({columns}) set {same}",
		(str(table.file), *table.same.values()),
	)
	return cursor.rowcount


def _by_rows(cursor, table: Table, chunk: int) -> int:
	columns = [*table.columns, *table.same]
	# nothing but %s among the values, or PyMySQL sends row by row
	statement = (
		f"insert into `tab{table.doctype}` ({', '.join(f'`{column}`' for column in columns)}) "
		f"values ({', '.join(['%s'] * len(columns))})"
	)
	same, loaded = tuple(table.same.values()), 0
	with table.file.open() as lines:
		while rows := [row + same for row in islice(_values(lines), chunk)]:
			loaded += cursor.executemany(statement, rows)
	return loaded


def _values(lines: Iterator[str]) -> Iterator[tuple[str | None, ...]]:
	for line in lines:
		texts = line.rstrip("\n").split("\t")
		yield tuple(None if text == NULL else text.replace("\\n", "\n") for text in texts)
