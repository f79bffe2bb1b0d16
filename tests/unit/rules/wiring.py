"""What the app's files say about each other: dotted paths, DocTypes and their fields. Read, never imported."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from rules.source import APP, ROOT, Source, dotted

PACKAGE = ROOT / APP
DOTTED = re.compile(rf"^{APP}(?!\.bundle\.)(\.\w+)+$")
QUOTED = re.compile(rf"""(["'`])({APP}(?:\.\w+)+)\1""")
PREFIX = re.compile(rf"""const (\w+) = ["']({APP}(?:\.\w+)+)["'];""")
PROVIDE = re.compile(r"frappe\.provide\([^)]*\)")  # names a place for JavaScript, not a method
STANDARD_FIELDS = {
	"name", "owner", "creation", "modified", "modified_by", "docstatus", "idx", "parent", "parenttype", "parentfield",
	"__islocal", "__unsaved", "__onload", "doctype", "_assign", "_comments", "_liked_by", "_user_tags",
}  # fmt: skip


def relative(file: Path) -> str:
	"""Its path in the repository, for a message."""
	return file.relative_to(ROOT).as_posix()


@cache
def module_tree(module: str) -> ast.Module | None:
	"""The syntax tree of a module of ours; None where there is no such file."""
	base = ROOT.joinpath(*module.split("."))
	for file in (base.with_suffix(".py"), base / "__init__.py"):
		if file.exists():
			return ast.parse(file.read_text())
	return None


def find_definition(path: str) -> ast.stmt | None:
	"""The function, class or assignment that a dotted path names; for a module, its docstring or first statement."""
	parts = path.split(".")
	for cut in range(len(parts), 0, -1):
		tree = module_tree(".".join(parts[:cut]))
		if tree is not None:
			return _find_in(tree, parts[cut:])
	return None


def _find_in(node: ast.Module | ast.ClassDef, names: list[str]) -> ast.stmt | None:
	if not names:
		return node if isinstance(node, ast.ClassDef) else ast.Pass()
	for statement in node.body:
		if isinstance(statement, ast.FunctionDef | ast.ClassDef) and statement.name == names[0]:
			if len(names) == 1:
				return statement
			return _find_in(statement, names[1:]) if isinstance(statement, ast.ClassDef) else None
		if isinstance(statement, ast.Assign) and len(names) == 1:
			if any(dotted(target) == names[0] for target in statement.targets):
				return statement
		if isinstance(statement, ast.AnnAssign) and len(names) == 1 and dotted(statement.target) == names[0]:
			return statement
		if isinstance(statement, ast.ImportFrom) and len(names) == 1:
			if any((alias.asname or alias.name) == names[0] for alias in statement.names):
				return statement
	return None


def is_whitelisted(definition: ast.stmt | None) -> bool:
	"""Whether the desk or a portal page may call it."""
	decorators = getattr(definition, "decorator_list", [])
	return any(dotted(d.func if isinstance(d, ast.Call) else d) == "frappe.whitelist" for d in decorators)


def text_paths(tree: ast.AST) -> Iterator[str]:
	"""The texts in Python code that are dotted paths of ours."""
	for node in ast.walk(tree):
		if isinstance(node, ast.Constant) and isinstance(node.value, str) and DOTTED.match(node.value):
			yield node.value


def patch_paths(text: str) -> Iterator[str]:
	"""The modules patches.txt names; what an `execute:` line imports too."""
	for line in text.splitlines():
		line = line.partition("#")[0].strip()
		if line.startswith("execute:"):
			yield from re.findall(rf"\b{APP}(?:\.\w+)+", line)
		elif line and not line.startswith("["):
			yield line


def json_paths(value) -> Iterator[str]:
	"""The texts in a JSON document that are dotted paths of ours."""
	if isinstance(value, dict):
		value = list(value.values())
	if isinstance(value, list):
		for part in value:
			yield from json_paths(part)
	elif isinstance(value, str) and DOTTED.match(value):
		yield value


def script_paths(source: Source) -> Iterator[str]:
	"""The methods that JavaScript calls; `const API = "crm_o2c.api.x"` with `${API}.method` counts as one path."""
	prefixes = dict(PREFIX.findall(source.text))
	text = PREFIX.sub("", PROVIDE.sub("", source.text))
	for name, value in prefixes.items():
		text = text.replace(f"${{{name}}}", value)
	yield from (match[2] for match in QUOTED.finditer(text))


@cache
def json_documents() -> list[tuple[Path, dict]]:
	"""The documents the app ships as JSON, with their files."""
	found = []
	for file in sorted(PACKAGE.rglob("*.json")):
		content = json.loads(file.read_text())
		found += [(file, doc) for doc in (content if isinstance(content, list) else [content]) if "doctype" in doc]
	return found


@cache
def doctypes() -> dict[str, dict]:
	"""Our DocTypes by name."""
	return {doc["name"]: doc for _file, doc in json_documents() if doc["doctype"] == "DocType"}


def fields_of(doctype: dict) -> dict[str, dict]:
	"""The fields of a DocType by name."""
	return {field["fieldname"]: field for field in doctype["fields"]}


def doctype_problems(doctype: dict) -> Iterator[str]:
	"""What a DocType says of fields and DocTypes of ours that isn't so."""
	fields, known = fields_of(doctype), doctypes()
	names = set(fields) | STANDARD_FIELDS
	if sorted(doctype.get("field_order", fields)) != sorted(fields):
		yield f"field_order and fields differ: {sorted(set(doctype['field_order']) ^ set(fields))}"
	for use in ("title_field", "sort_field", "image_field", "search_fields"):
		for name in (doctype.get(use) or "").split(","):
			if name.strip() and name.strip() not in names:
				yield f"{use}: no field {name.strip()}"
	for field in fields.values():
		target = field.get("options") or ""
		if (
			field["fieldtype"] in ("Link", "Table", "Table MultiSelect")
			and target.startswith("O2C ")
			and target not in known
		):
			yield f"{field['fieldname']}: no DocType {target}"
		if field["fieldtype"] == "Dynamic Link" and target not in fields:
			yield f"{field['fieldname']}: no field {target}"
		yield from _field_uses(field, fields, names)


def _field_uses(field: dict, fields: dict[str, dict], names: set[str]) -> Iterator[str]:
	for use in ("depends_on", "mandatory_depends_on", "read_only_depends_on"):
		condition = field.get(use) or ""
		used = re.findall(r"\bdoc\.(\w+)", condition) if condition.startswith("eval:") else [condition]
		for name in used:
			if name and name not in names:
				yield f"{field['fieldname']}.{use}: no field {name}"
	if field.get("fetch_from"):
		link, _dot, wanted = field["fetch_from"].partition(".")
		if link not in fields:
			yield f"{field['fieldname']}.fetch_from: no field {link}"
		else:
			target = doctypes().get(fields[link].get("options"))
			if target and wanted not in set(fields_of(target)) | STANDARD_FIELDS:
				yield f"{field['fieldname']}.fetch_from: no field {wanted} in {target['name']}"


def named_doctypes(doc: dict) -> Iterator[str]:
	"""The DocTypes of ours that a shipped document (workspace, card, chart, report …) leads to."""
	for key, value in doc.items():
		if isinstance(value, list):
			for row in value:
				if isinstance(row, dict):
					yield from named_doctypes(row)
		elif key in ("document_type", "ref_doctype", "reference_doctype", "doc_type", "parent_document_type"):
			yield value
		elif key == "link_to" and (doc.get("link_type") or doc.get("type")) == "DocType":
			yield value
