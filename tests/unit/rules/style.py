"""Size, types and tidiness."""

import ast
from collections.abc import Iterator

from rules.source import Finding, Source, dotted

FUNCTION_LINES = 40
FILE_LINES = 400
PRINTS = {"cli", "commands", "benchmarks", "tools", "tests"}
DEBUGGERS = {"breakpoint", "pdb.set_trace", "ipdb.set_trace", "frappe.errprint"}
DOCUMENTED = {"engine", "services", "api", "cli"}
SPEAKS_FOR_ITSELF = 3  # lines


def short_functions(source: Source) -> Iterator[Finding]:
	"""A function has at most 40 lines; its docstring does not count."""
	for function in source.functions():
		lines = function.end_lineno - function.lineno + 1
		first = function.body[0]
		if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
			lines -= first.end_lineno - first.lineno + 1
		if lines > FUNCTION_LINES:
			yield function.lineno, f"{function.name} has {lines} lines, {FUNCTION_LINES} are allowed"


def short_files(source: Source) -> Iterator[Finding]:
	"""A file has at most 400 lines."""
	if len(source.lines) > FILE_LINES:
		yield 1, f"{len(source.lines)} lines, {FILE_LINES} are allowed"


def typed_functions(source: Source) -> Iterator[Finding]:
	"""A public function says what it takes and what it returns."""
	if not source.is_package or source.path.endswith("hooks.py"):
		return
	for function in source.functions():
		if function.name.startswith("_") or isinstance(source.parents[function], ast.FunctionDef):
			continue
		missing = [a.arg for a in arguments(function) if a.annotation is None and a.arg not in ("self", "cls")]
		if missing or function.returns is None:
			yield function.lineno, f"{function.name}: no type for {', '.join([*missing, *_untyped_return(function)])}"


def arguments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
	"""All arguments, * and ** included."""
	a = function.args
	return [*a.posonlyargs, *a.args, *a.kwonlyargs, *(x for x in (a.vararg, a.kwarg) if x)]


def _untyped_return(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
	return ["what it returns"] if function.returns is None else []


def documented(source: Source) -> Iterator[Finding]:
	"""Modules of engine, services, api and cli, and their public functions longer than a few lines, say what they do."""
	if source.layer not in DOCUMENTED or not source.text.strip():
		return
	if not ast.get_docstring(source.tree) and not source.path.endswith("__init__.py"):
		yield 1, "the module has no docstring"
	for node in source.tree.body:
		public = isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
		if public and node.end_lineno - node.lineno > SPEAKS_FOR_ITSELF and not ast.get_docstring(node):
			yield node.lineno, f"{node.name} has no docstring"


def no_print(source: Source) -> Iterator[Finding]:
	"""Only commands talk to a terminal."""
	if source.layer in PRINTS:
		return
	for call, name in source.calls():
		if name == "print":
			yield call.lineno, "print; a site has frappe.logger and the error log"


def no_debugging(source: Source) -> Iterator[Finding]:
	"""Nothing of a debugging session stays."""
	for call, name in source.calls():
		shown = [k for k in call.keywords if k.arg == "debug" and getattr(k.value, "value", None) is True]
		if name in DEBUGGERS or shown:
			yield call.lineno, f"{name} is for debugging"


def no_swallowed_errors(source: Source) -> Iterator[Finding]:
	"""No bare `except`, and none that passes over every error in silence."""
	for node in ast.walk(source.tree):
		if not isinstance(node, ast.ExceptHandler):
			continue
		if node.type is None:
			yield node.lineno, "bare except"
		silent = all(isinstance(s, ast.Pass | ast.Continue) for s in node.body)
		if silent and node.type is not None and dotted(node.type) in ("Exception", "BaseException"):
			yield node.lineno, "an error passed over in silence"


RULES = (short_functions, short_files, typed_functions, documented, no_print, no_debugging, no_swallowed_errors)
