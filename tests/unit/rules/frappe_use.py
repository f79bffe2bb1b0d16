"""How the app uses Frappe: database, permissions, endpoints, background work, translation."""

import ast
import re
from collections.abc import Iterator

from rules.source import APP, Finding, Source, dotted, keyword
from rules.style import arguments

SQL = re.compile(
	r"\b(select\b.+\bfrom|insert\s+(ignore\s+)?into|update\b.+\bset|delete\s+from|alter\s+table|drop\s+table)\b",
	re.IGNORECASE | re.DOTALL,
)
SQL_CALLS = (".db.sql", ".db.multisql", ".db.sql_list", ".db.sql_ddl")
LISTS = {"frappe.get_all", "frappe.get_list", "frappe.db.get_all", "frappe.db.get_list"}
READS = LISTS | {
	"frappe.get_doc", "frappe.get_cached_doc", "frappe.get_cached_value", "frappe.get_value", "frappe.db.get_value",
	"frappe.db.get_values", "frappe.db.exists", "frappe.db.count", "frappe.db.sql", "frappe.db.get_single_value",
}  # fmt: skip
LOOPS = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
# where work is by nature one document at a time, and seldom
ONE_BY_ONE = {"setup", "commands", "root", "tests", "tools", "benchmarks"}
MAKES_DOCUMENTS = {f"{APP}/services/demo_{part}.py" for part in ("cases", "data", "place")}
SYSTEM_CODE = {"services", "setup", "commands", "root"}
HTTP = {"GET", "POST", "PUT", "DELETE"}
PERMISSION_WORDS = ("permission", "only_for", "get_list", "require_", "may_")
# expressions whose texts are in the catalogue: labels and options of DocTypes, which the wiring test holds there
CATALOGUE_NAMES = {"label", "get_label", "status", "band", "doctype", "fieldtype"}
TRANSLATORS = {"_", "frappe._", "_lt", "frappe._lt"}


def no_built_sql(source: Source) -> Iterator[Finding]:
	"""SQL is fixed text with parameters; `# built sql: …` where a statement must be put together, and of what."""
	if not source.is_package:
		return
	for node in ast.walk(source.tree):
		if isinstance(node, ast.JoinedStr) and SQL.search(_text(node)) and not source.waived(node, "built sql"):
			yield node.lineno, "SQL in an f-string"
	for call, name in source.calls():
		is_format = isinstance(call.func, ast.Attribute) and call.func.attr == "format"
		if is_format and SQL.search(_text(call.func.value)):
			yield call.lineno, "SQL with format()"
		if name.endswith(SQL_CALLS) and call.args and not source.waived(call, "built sql"):
			if _is_built(source, call, call.args[0]):
				yield call.lineno, "SQL put together from parts; say of what: `# built sql: …`"


def _text(node: ast.AST) -> str:
	return " ".join(n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def _is_built(source: Source, call: ast.Call, query: ast.expr) -> bool:
	"""An f-string, an operator or format(), in the call or in the variable it uses."""
	if isinstance(query, ast.Name):
		function = source.enclosing(call, ast.FunctionDef)
		assigned = (n for n in ast.walk(function or source.tree) if isinstance(n, ast.Assign))
		return any(
			dotted(target) == query.id and not isinstance(n.value, ast.Name) and _is_built(source, call, n.value)
			for n in assigned
			for target in n.targets
		)
	formatted = isinstance(query, ast.Call) and isinstance(query.func, ast.Attribute) and query.func.attr == "format"
	return isinstance(query, ast.JoinedStr | ast.BinOp) or formatted


def no_commit(source: Source) -> Iterator[Finding]:
	"""Requests and jobs commit at their end. A unit of a long run may, in services, setup or commands, with its reason."""
	if not source.is_package:
		return
	for call, name in source.calls():
		whole = name.endswith("db.rollback") and not call.args and keyword(call, "save_point") is None
		if not (name.endswith("db.commit") or whole):
			continue
		if source.layer not in SYSTEM_CODE or not source.explained(call):
			yield call.lineno, f"{name}() ends a transaction that others began; in services, say why in a comment"


def no_ignored_permissions(source: Source) -> Iterator[Finding]:
	"""Only system-owned records are written past permissions, in services or setup, with the reason beside it."""
	if not source.is_package:
		return
	for node in ast.walk(source.tree):
		if isinstance(node, ast.keyword):
			ignores = node.arg in ("ignore_permissions", "ignore_permission")
		elif isinstance(node, ast.Assign):
			ignores = any(dotted(target).endswith("flags.ignore_permissions") for target in node.targets)
		else:
			continue
		if ignores and not (isinstance(node.value, ast.Constant) and not node.value.value):
			if source.layer not in SYSTEM_CODE or not source.explained(node):
				yield node.lineno, "permissions are ignored; in services, say why in a comment"


def checked_permissions(source: Source) -> Iterator[Finding]:
	"""frappe.has_permission() only answers; to stop the user it needs throw=True."""
	for node in ast.walk(source.tree):
		if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
			call = node.value
			if dotted(call.func) == "frappe.has_permission" and keyword(call, "throw") is None:
				yield node.lineno, "the answer of frappe.has_permission() is not used; add throw=True"


def no_n_plus_one(source: Source) -> Iterator[Finding]:
	"""Documents are read in one query and not one by one; `# one by one: …` where the number is small for good."""
	if source.layer in ONE_BY_ONE or not source.is_package or source.path in MAKES_DOCUMENTS:
		return
	for call, name in source.calls():
		new_document = name == "frappe.get_doc" and call.args and isinstance(call.args[0], ast.Dict)
		if name in READS and not new_document and _in_loop(source, call) and not source.waived(call, "one by one"):
			yield call.lineno, f"{name} in a loop; where there are few for good, say why: `# one by one: …`"


def _in_loop(source: Source, node: ast.AST) -> bool:
	"""In the part of a loop that is repeated, within the same function."""
	child = node
	while (parent := source.parents.get(child)) is not None and not isinstance(parent, ast.FunctionDef | ast.Lambda):
		if isinstance(parent, ast.For) and child is not parent.iter and not _is_chunking(parent.iter):
			return True
		if isinstance(parent, ast.While):
			return True
		if isinstance(parent, LOOPS[2:]):
			first = parent.generators[0]
			if not (child is first and any(n is node for n in ast.walk(first.iter))):
				return True
		child = parent
	return False


def _is_chunking(iterated: ast.expr) -> bool:
	"""`range(0, n, SIZE)` or `chunks(…)`: each turn is for many rows."""
	if not isinstance(iterated, ast.Call):
		return False
	name = dotted(iterated.func)
	return (name == "range" and len(iterated.args) == 3) or "chunk" in name or "batch" in name


def ordered_lists(source: Source) -> Iterator[Finding]:
	"""Every list has an order of its own: the default differs between Frappe 15 and 16."""
	if not source.is_package:
		return
	for call, name in source.calls():
		if name not in LISTS:
			continue
		if keyword(call, "order_by") is None and not any(k.arg is None for k in call.keywords):
			yield call.lineno, f"{name} without order_by"
		fields = keyword(call, "fields")
		if fields is not None and "(" in _text(fields):
			yield call.lineno, "a function in fields, which Frappe 16 refuses; use frappe.qb"


def whitelisted_functions(source: Source) -> Iterator[Finding]:
	"""An endpoint names its HTTP methods, types all it takes and gives, and looks at permissions."""
	for function in source.functions():
		decorators = [d for d in function.decorator_list if _name(d) in ("frappe.whitelist", "whitelist")]
		for decorator in decorators:
			methods = keyword(decorator, "methods") if isinstance(decorator, ast.Call) else None
			named = {getattr(m, "value", None) for m in methods.elts} if isinstance(methods, ast.List) else set()
			if not named or named - HTTP:
				yield function.lineno, f"{function.name}: @frappe.whitelist(methods=[…]) is needed"
		if not decorators:
			continue
		missing = [a.arg for a in arguments(function) if a.annotation is None and a.arg not in ("self", "cls")]
		if missing or function.returns is None:
			yield (
				function.lineno,
				f"{function.name}: Frappe checks only what is typed: {', '.join(missing) or 'return'}",
			)
		if not looks_at_permissions(source, function):
			yield function.lineno, f"{function.name}: no look at permissions"


def looks_at_permissions(source: Source, function: ast.FunctionDef) -> bool:
	"""It, or a function of the file that it calls, checks; or its docstring says where permissions are checked."""
	if "permission" in (ast.get_docstring(function) or ""):
		return True
	called = [dotted(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)]
	called += [
		node.func.attr for node in ast.walk(function) if isinstance(node, ast.Call) and "attr" in vars(node.func)
	]
	if any(word in name for name in called for word in PERMISSION_WORDS):
		return True
	helpers = [f for f in source.functions() if f is not function and f.name in called]
	return any(looks_at_permissions(source, helper) for helper in helpers)


def _name(decorator: ast.expr) -> str:
	return dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)


def endpoints_in_api(source: Source) -> Iterator[Finding]:
	"""Whitelisted functions are in api/ or are methods of a DocType; never handlers of events or services."""
	if not source.is_package or source.layer in ("api", "desk"):
		return
	for function in source.functions():
		if any(_name(d) in ("frappe.whitelist", "whitelist") for d in function.decorator_list):
			yield function.lineno, f"{function.name}: an endpoint belongs into {APP}/api"


def no_lazy_annotations(source: Source) -> Iterator[Finding]:
	"""With annotations as texts Frappe checks no argument; so none where Frappe reads them."""
	if source.layer not in ("api", "desk", "overrides", "services"):
		return
	for node in ast.walk(source.tree):
		if isinstance(node, ast.ImportFrom) and node.module == "__future__":
			yield node.lineno, "from __future__ import annotations switches argument checks off"


def one_enqueue(source: Source) -> Iterator[Finding]:
	"""Background work starts in services/tasks.py, which gives it a key and waits for the commit."""
	if not source.is_package or source.path == f"{APP}/services/tasks.py":
		return
	for call, name in source.calls():
		if name in ("frappe.enqueue", "frappe.enqueue_doc", "enqueue", "enqueue_doc", "background_jobs.enqueue"):
			yield call.lineno, f"{name}: use crm_o2c.services.tasks.enqueue"


def targeted_messages(source: Source) -> Iterator[Finding]:
	"""publish_realtime without a target reaches every user of the site."""
	for call, name in source.calls():
		if name.endswith("publish_realtime") and not any(k.arg in ("user", "doctype", "room") for k in call.keywords):
			yield call.lineno, "publish_realtime to everybody; name user= or doctype="


def nothing_at_import(source: Source) -> Iterator[Finding]:
	"""A module is imported once for all sites and languages: it asks Frappe nothing while that happens."""
	if not source.is_package:
		return
	for call, name in source.calls():
		harmless = name == "frappe._lt" or _in_decorator(source, call)
		if name.startswith("frappe.") and not harmless and source.at_import(call):
			yield call.lineno, f"{name} at import"


def _in_decorator(source: Source, node: ast.AST) -> bool:
	while (parent := source.parents.get(node)) is not None:
		if isinstance(parent, ast.FunctionDef | ast.ClassDef) and node in parent.decorator_list:
			return True
		node = parent
	return False


def translatable_texts(source: Source) -> Iterator[Finding]:
	"""`_()` takes a fixed text; values go in by format() afterwards, at run time."""
	if not source.is_package or source.layer in ("engine", "cli"):
		return
	# a module may define `_` as a mark for texts that are translated elsewhere
	marks = any(isinstance(n, ast.FunctionDef) and n.name == "_" for n in source.tree.body)
	for call, name in source.calls():
		if name not in TRANSLATORS or not call.args:
			continue
		text = call.args[0]
		if isinstance(text, ast.Constant) and isinstance(text.value, str):
			if text.value != text.value.strip() and any(map(str.isalpha, text.value)):
				yield call.lineno, "a text with a space at its end, which translators lose"
		elif isinstance(text, ast.JoinedStr | ast.BinOp):
			yield call.lineno, "a text put together before it is translated"
		elif not (_last_name(text) in CATALOGUE_NAMES or source.waived(call, "translated")):
			yield call.lineno, "no fixed text; say where its texts are: `# translated: …`"
		if not marks and not name.endswith("_lt") and source.at_import(call):
			yield call.lineno, "translated at import, in the language of nobody"


def _last_name(node: ast.expr) -> str:
	return dotted(node.func if isinstance(node, ast.Call) else node).rpartition(".")[2]


RULES = (
	no_built_sql,
	no_commit,
	no_ignored_permissions,
	checked_permissions,
	no_n_plus_one,
	ordered_lists,
	whitelisted_functions,
	endpoints_in_api,
	no_lazy_annotations,
	one_enqueue,
	targeted_messages,
	nothing_at_import,
	translatable_texts,
)
