"""What JavaScript must not do. Biome checks the language; these are the project's own rules."""

import re
from collections.abc import Iterator

from rules.source import Finding, Source

COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", re.DOTALL)
TEMPLATE = re.compile(r"`(?:\\.|[^`\\])*`", re.DOTALL)
FILLED_IN = re.compile(r"\$\{\s*([\w.?]+)\s*\}")
# a number or a flag by its name; everything else that is a field of some record may hold a user's text
SAFE_FIELDS = {"length", "idx", "index", "id", "width", "height", "percent", "css", "color", "icon", "html"}
JOINED = re.compile(r"""<[^"'`]*["']\s*\+\s*([a-z_]+(?:\.\w+)+)\s*(?:\+|;|\))""")
TRANSLATED = re.compile(r"(?<![\w.$])__\(\s*(?P<text>[^\"'\s)][^,)]*)")
GLUED = re.compile(r"""(?<![\w.$])__\(\s*(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')\s*\+""")


def code(source: Source) -> str:
	"""The text without comments; lines stay where they are."""
	return COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), source.text)


def _line(text: str, at: int) -> int:
	return text.count("\n", 0, at) + 1


def no_cur_frm(source: Source) -> Iterator[Finding]:
	"""cur_frm is whatever form is open; a handler gets its own."""
	text = code(source)
	for match in re.finditer(r"\bcur_(frm|list|page|dialog)\b", text):
		yield _line(text, match.start()), f"{match[0]} may be another document's"


def no_unescaped_html(source: Source) -> Iterator[Finding]:
	"""A field of a record goes into HTML through frappe.utils.escape_html."""
	text = code(source)
	for template in TEMPLATE.finditer(text):
		if not re.search(r"</?[a-z]", template[0]):
			continue
		for match in FILLED_IN.finditer(template[0]):
			name = match[1]
			if "." in name and name.rpartition(".")[2] not in SAFE_FIELDS:
				yield _line(text, template.start() + match.start()), f"{name} in HTML without escape_html"
	for match in JOINED.finditer(text):
		if match[1].rpartition(".")[2] not in SAFE_FIELDS:
			yield _line(text, match.start()), f"{match[1]} in HTML without escape_html"


def translatable_texts(source: Source) -> Iterator[Finding]:
	"""`__()` takes a fixed text: __("{0} orders", [n])."""
	text = code(source)
	for match in TRANSLATED.finditer(text):
		inside = match["text"].strip()
		# labels and options of DocTypes are in the catalogue
		if inside.startswith("`") or not re.search(r"(label|status|band|doctype)$", inside):
			yield _line(text, match.start()), f"__({inside}…): no fixed text"
	for match in GLUED.finditer(text):
		yield _line(text, match.start()), "a text put together before it is translated"


def no_fixed_routes(source: Source) -> Iterator[Finding]:
	"""The desk is at /app in Frappe 15 and at /desk in 16: frappe.set_route and frappe.utils.get_form_link know."""
	text = code(source)
	for match in re.finditer(r"""["'`]/(app|desk)/""", text):
		yield _line(text, match.start()), f"{match[0][1:]} is fixed; use frappe.set_route or get_form_link"


RULES = (no_cur_frm, no_unescaped_html, translatable_texts, no_fixed_routes)
