"""Who may import whom, and what the engine may not do at all."""

import ast
import sys
from collections.abc import Iterator

from rules.source import APP, Finding, Source, dotted

STDLIB = frozenset(sys.stdlib_module_names)
# ERPNext installs both; they are imported where they are used
ENGINE_LIBRARIES = {"rapidfuzz", "holidays"}
CLI_LIBRARIES = {"openpyxl", "requests"}
NOBODY_IMPORTS = {"overrides", "api", "commands"}
# what each layer may import of the app; layers that are not named may import all but NOBODY_IMPORTS
MAY_IMPORT = {
	"engine": {"engine"},
	"cli": {"engine", "cli"},
	"services": {"engine", "services", "setup", "root"},
}
FRAPPE = {"frappe", "erpnext"}
NO_FRAPPE = {"engine", "cli"}
# a decision depends on its arguments: no clock, no chance, no file, no network, no process
IMPURE_MODULES = {
	"io", "logging", "os", "pathlib", "random", "secrets", "shutil", "socket", "subprocess", "tempfile", "threading",
	"time", "urllib", "uuid",
}  # fmt: skip
IMPURE_CALLS = {"open", "print", "input", "date.today", "datetime.now", "datetime.today", "datetime.utcnow"}


def imports(source: Source) -> Iterator[tuple[ast.stmt, str]]:
	"""Every imported module by its full name; relative imports made absolute."""
	package = source.path.removesuffix(".py").removesuffix("/__init__").split("/")
	if not source.path.endswith("__init__.py"):
		package = package[:-1]
	for node in ast.walk(source.tree):
		if isinstance(node, ast.Import):
			yield from ((node, alias.name) for alias in node.names)
		elif isinstance(node, ast.ImportFrom):
			base = package[: len(package) - node.level + 1] if node.level else []
			module = ".".join([*base, *([node.module] if node.module else [])])
			yield node, module
			yield from ((node, f"{module}.{alias.name}") for alias in node.names if module == APP)


def layer_of(module: str) -> str:
	"""The layer a module of the app belongs to."""
	parts = module.split(".")
	if len(parts) == 1:
		return "root"
	known = {"engine", "services", "overrides", "api", "commands", "cli", "setup", "crm_o2c"}
	return {"crm_o2c": "desk"}.get(parts[1], parts[1]) if parts[1] in known else "root"


def import_rule(source: Source) -> Iterator[Finding]:
	"""engine ← services ← the rest; the command line uses the engine alone; nobody imports overrides, api or commands."""
	if not source.is_package:
		return
	for node, module in imports(source):
		top = module.partition(".")[0]
		if top == APP and module not in (APP, f"{APP}.__version__"):
			target = layer_of(module)
			allowed = MAY_IMPORT.get(source.layer)
			if (allowed is not None and target not in allowed) or (target in NOBODY_IMPORTS and source.layer != target):
				yield node.lineno, f"{source.layer} must not import {module}"
		elif top in FRAPPE and source.layer in NO_FRAPPE:
			yield node.lineno, f"{source.layer} must run without {top}"
		elif top not in STDLIB | FRAPPE | {APP}:
			libraries = {"engine": ENGINE_LIBRARIES, "cli": CLI_LIBRARIES}.get(source.layer)
			if libraries is not None and top not in libraries:
				yield node.lineno, f"{source.layer} must not need {top}"


def engine_is_pure(source: Source) -> Iterator[Finding]:
	"""The engine does no I/O, reads no clock, uses no chance."""
	if source.layer != "engine":
		return
	for node, module in imports(source):
		if module.partition(".")[0] in IMPURE_MODULES:
			yield node.lineno, f"the engine must not use {module}"
	for call, name in source.calls():
		if name in IMPURE_CALLS or any(name.endswith(f".{impure}") for impure in IMPURE_CALLS if "." in impure):
			yield call.lineno, f"the engine must not call {name}"


def no_sibling_handlers(source: Source) -> Iterator[Finding]:
	"""What two overrides, or two endpoints, share belongs into a service."""
	if source.layer not in ("overrides", "api"):
		return
	for node, module in imports(source):
		if module.startswith(f"{APP}.{source.layer}."):
			yield node.lineno, f"{module}: move what is shared into services"


def version_only(source: Source) -> Iterator[Finding]:
	"""crm_o2c/__init__.py holds the version and nothing else: an import there would break all that runs without Frappe."""
	if source.path != f"{APP}/__init__.py":
		return
	for node in source.tree.body:
		is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
		if not is_text and not (isinstance(node, ast.Assign) and dotted(node.targets[0]) == "__version__"):
			yield node.lineno, "only __version__ belongs here"


RULES = (import_rule, engine_is_pure, no_sibling_handlers, version_only)
