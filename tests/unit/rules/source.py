"""A source file as the rules see it: its text, its syntax tree, its layer, and the waivers written in it."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[3]
APP = "crm_o2c"
FOLDERS = (APP, "tools", "benchmarks", "tests")
# a waiver names its rule and gives a reason: `frappe.db.sql(query, values)  # built sql: fixed names and placeholders`
WAIVER = re.compile(r"#\s*(?P<mark>[a-z -]+):\s*(?P<why>\S+(?:\s+\S+)+)")

REASON = re.compile(r"#\s*(?!nosemgrep|noqa|type:|fmt:)\w+(\W+\w+){2,}")

Finding = tuple[int, str]
Rule = Callable[["Source"], Iterator[Finding]]


@dataclass(frozen=True)
class Source:
	"""One file; `path` is relative to the repository, with slashes."""

	path: str
	text: str

	@cached_property
	def tree(self) -> ast.Module:
		return ast.parse(self.text)

	@cached_property
	def lines(self) -> list[str]:
		return self.text.splitlines()

	@cached_property
	def parents(self) -> dict[ast.AST, ast.AST]:
		"""Which node a node is in."""
		return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

	@property
	def layer(self) -> str:
		"""engine, services, api …; "tests", "tools" outside of the package; "root" for the package's own modules."""
		parts = PurePosixPath(self.path).parts
		if parts[0] != APP:
			return parts[0] if len(parts) > 1 else "repository"
		if len(parts) == 2:
			return "cli" if parts[1] in ("cli.py", "__main__.py") else "root"
		return "desk" if parts[1] == APP else parts[1]

	@property
	def is_package(self) -> bool:
		return self.path.startswith(f"{APP}/")

	def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
		"""Every function and method."""
		return (n for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))

	def calls(self) -> Iterator[tuple[ast.Call, str]]:
		"""Every call, with the dotted name of what it calls ("" where that has none)."""
		for node in ast.walk(self.tree):
			if isinstance(node, ast.Call):
				yield node, dotted(node.func)

	def enclosing(self, node: ast.AST, *kinds: type) -> ast.AST | None:
		"""The innermost node of these kinds that a node is in."""
		while (node := self.parents.get(node)) is not None:
			if isinstance(node, kinds):
				return node
		return None

	def at_import(self, node: ast.AST) -> bool:
		"""Whether it runs when the module is imported: in no function's body, but a default or a class body counts."""
		while (parent := self.parents.get(node)) is not None:
			if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef) and node in parent.body:
				return False
			if isinstance(parent, ast.Lambda) and node is parent.body:
				return False
			node = parent
		return True

	def waived(self, node: ast.AST, mark: str) -> bool:
		"""Whether a comment at a node, or above it, says by this mark why the rule does not hold here."""
		return any(m["mark"].strip() == mark for line in self._around(node) for m in WAIVER.finditer(line))

	def explained(self, node: ast.AST) -> bool:
		"""Whether a comment at a node, or above it, gives a reason in some words."""
		return any(REASON.search(line) for line in self._around(node))

	def _around(self, node: ast.AST) -> list[str]:
		return self.lines[max(0, node.lineno - 2) : node.end_lineno]


def dotted(node: ast.AST) -> str:
	"""`frappe.db.sql` of such an expression; "" of one that is no dotted name."""
	if isinstance(node, ast.Name):
		return node.id
	if isinstance(node, ast.Attribute):
		left = dotted(node.value)
		return f"{left}.{node.attr}" if left else f"?.{node.attr}"
	return ""


def keyword(call: ast.Call, name: str) -> ast.expr | None:
	"""The value of a call's keyword argument."""
	return next((k.value for k in call.keywords if k.arg == name), None)


def python_files() -> list[Source]:
	"""Every Python file of ours."""
	found = [ROOT / "setup.py", *(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))]
	return [Source(file.relative_to(ROOT).as_posix(), file.read_text()) for file in sorted(found)]


def script_files() -> list[Source]:
	"""Every JavaScript file of ours."""
	found = [file for file in (ROOT / APP).rglob("*.js") if "dist" not in file.parts]
	return [Source(file.relative_to(ROOT).as_posix(), file.read_text()) for file in sorted(found)]
