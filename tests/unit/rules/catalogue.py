"""Every text a user can meet, from where it stands, for the check against the translations."""

import ast
import csv
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from crm_o2c.engine.messages import MESSAGES

from rules.frappe_use import TRANSLATORS
from rules.source import APP, ROOT, python_files, script_files
from rules.wiring import json_documents, relative

ZH = ROOT / APP / "translations" / "zh.csv"
PLACEHOLDER = re.compile(r"\{(\w*)\}")
IN_SCRIPT = re.compile(r"""(?<![\w.$])__\(\s*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""")
IN_TEMPLATE = re.compile(r"""(?<![\w.$])_{1,2}\(\s*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""")
# what the desk shows of a document, by the name of the property
SHOWN = {"label", "description", "title", "chart_name", "report_name", "subject", "placeholder"}
# what has a name of its own that users read
NAMED = {"DocType", "Report", "Workspace", "Page", "Number Card", "Dashboard Chart", "Dashboard", "Print Format"}

Text = tuple[str, str]


def translations(file: Path = ZH) -> dict[str, str]:
	"""Source → translation, as Frappe reads it."""
	if not file.exists():
		return {}
	with file.open(newline="", encoding="utf-8") as lines:
		return {row[0]: row[1] for row in csv.reader(lines) if len(row) >= 2}


def rows(file: Path = ZH) -> list[list[str]]:
	"""The rows as they are."""
	with file.open(newline="", encoding="utf-8") as lines:
		return [row for row in csv.reader(lines) if row]


def texts() -> Iterator[Text]:
	"""(where, text) of all of them; texts without a letter need no translation."""
	for source in (_python_texts, _script_texts, _template_texts, _document_texts, _engine_texts):
		yield from ((where, text) for where, text in source() if re.search(r"[A-Za-z]{2}", PLACEHOLDER.sub("", text)))


def _python_texts() -> Iterator[Text]:
	for source in python_files():
		if not source.is_package or source.layer in ("engine", "cli"):
			continue
		for call, name in source.calls():
			if name in TRANSLATORS and call.args and isinstance(call.args[0], ast.Constant):
				yield f"{source.path}:{call.lineno}", call.args[0].value


def _script_texts() -> Iterator[Text]:
	for source in script_files():
		yield from _matches(source.path, source.text, IN_SCRIPT)


def _template_texts() -> Iterator[Text]:
	for file in sorted((ROOT / APP).rglob("*.html")):
		yield from _matches(relative(file), file.read_text(), IN_TEMPLATE)


def _matches(path: str, text: str, pattern: re.Pattern) -> Iterator[Text]:
	for match in pattern.finditer(text):
		yield f"{path}:{text.count(chr(10), 0, match.start()) + 1}", _literal(match[1])


def _literal(quoted: str) -> str:
	"""The value of a JavaScript or Jinja text; both know Python's escapes that we use."""
	return ast.literal_eval(quoted)


def _document_texts() -> Iterator[Text]:
	for file, doc in json_documents():
		if doc["doctype"] in NAMED:
			yield relative(file), doc["name"]
		yield from ((relative(file), text) for text in _shown(doc))


def _shown(doc: dict) -> Iterator[str]:
	for key, value in doc.items():
		if key in SHOWN and isinstance(value, str):
			yield value
		elif key == "options" and doc.get("fieldtype") == "Select":
			yield from (option.strip() for option in (value or "").split("\n"))
		elif key == "options" and doc.get("fieldtype") == "HTML":
			yield value or ""
		elif key == "content" and isinstance(value, str) and value.startswith("["):
			yield from _workspace_texts(json.loads(value))
		elif isinstance(value, list):
			for row in value:
				if isinstance(row, dict):
					yield from _shown(row)


def _workspace_texts(blocks: list[dict]) -> Iterator[str]:
	"""Headings and paragraphs of a workspace; the desk translates them without their mark-up."""
	for block in blocks:
		text = block.get("data", {}).get("text") or ""
		yield unescape(re.sub(r"<[^>]+>", "", text)).strip()


def _engine_texts() -> Iterator[Text]:
	yield from ((f"{APP}/engine/messages.py: {code}", text) for code, text in MESSAGES.items())
