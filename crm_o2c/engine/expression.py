"""The expressions that admins write in a policy: checked when saved, compiled once, run without builtins.

The language is a small part of Python's (and of Frappe's `safe_eval`): names from a given list, numbers, texts, lists,
arithmetic, comparison, `in`, `and`, `or`, `not`, `x if c else y`, and the functions in FUNCTIONS. Types are checked when
the expression is compiled, so a comparison of a text with a number is refused when the policy is saved and never during
a run. There is no attribute access, subscript, power or loop.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

NUMBER, TEXT, FLAG = "number", "text", "flag"
FUNCTIONS: dict[str, Callable[..., float]] = {"min": min, "max": max, "abs": abs, "round": round}
MAX_LENGTH = 500

_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)
_ORDERING = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_NUMERIC = (NUMBER, FLAG)


class ExpressionError(ValueError):
	"""An expression that can't be used. `code` and `params` say why; `engine.messages` has the words."""

	def __init__(self, code: str, **params: Any):
		super().__init__(code)
		self.code, self.params = code, params


@dataclass(frozen=True, slots=True)
class Expression:
	"""A checked expression. `names` are the inputs it reads."""

	text: str
	names: tuple[str, ...]
	code: Any
	kind: str  # of the result

	def evaluate(self, values: Mapping[str, Any]) -> Any:
		"""The result, or None where an input is missing or not of its type, or the arithmetic has no answer."""
		scope = {name: values.get(name) for name in self.names}
		if None in scope.values():
			return None
		try:
			result = eval(self.code, _SCOPE, scope)
			if isinstance(result, str):
				return result if self.kind == TEXT else None
			return result if isfinite(result) else None
		except (ZeroDivisionError, OverflowError, TypeError):
			return None


_SCOPE: dict[str, Any] = {"__builtins__": {}, **FUNCTIONS}


def compile_expression(text: str, fields: Mapping[str, str], want: str = FLAG) -> Expression:
	"""Check `text` against `fields` (name → NUMBER, TEXT or FLAG). Raises ExpressionError."""
	text = text.strip()
	if not text:
		raise ExpressionError("expression.empty")
	if len(text) > MAX_LENGTH:
		raise ExpressionError("expression.long", limit=MAX_LENGTH)
	try:
		tree = ast.parse(text, mode="eval")
		checker = _Checker(fields)
		result = checker.kind(tree.body)
		code = compile(tree, "<policy>", "eval")
	except SyntaxError as e:
		raise ExpressionError("expression.syntax", column=e.offset or 0) from None
	except (ValueError, RecursionError, MemoryError) as e:
		if isinstance(e, ExpressionError):
			raise
		raise ExpressionError("expression.syntax", column=0) from None
	if (result == TEXT) != (want == TEXT):
		raise ExpressionError("expression.result", want=want, got=result)
	return Expression(text, tuple(sorted(checker.used)), code, result)


def read_expression(text: str, fields: Mapping[str, str], want: str = FLAG) -> Expression:
	"""An expression of a policy in use. One that can't be read any more, for a field it names was removed, has no answer."""
	try:
		return compile_expression(text, fields, want)
	except ExpressionError as e:
		return Expression(text, (e.params.get("name", text),), None, want)


class _Checker:
	"""Walks the tree and returns the type of each part; refuses every part of Python that is not named here."""

	def __init__(self, fields: Mapping[str, str]):
		self.fields = fields
		self.used: set[str] = set()
		self._kinds: dict[ast.AST, str] = {}  # each part is checked once: deep nesting would double the work per level

	def kind(self, node: ast.AST) -> str:
		if node not in self._kinds:
			check = getattr(self, f"_{type(node).__name__.lower()}", None)
			if check is None:
				raise ExpressionError("expression.not_allowed", part=type(node).__name__)
			self._kinds[node] = check(node)
		return self._kinds[node]

	def _numeric(self, *nodes: ast.AST) -> None:
		for node in nodes:
			if self.kind(node) not in _NUMERIC:
				raise ExpressionError("expression.needs_number", part=ast.unparse(node))

	def _same(self, left: ast.AST, right: ast.AST) -> None:
		if (self.kind(left) == TEXT) != (self.kind(right) == TEXT):
			raise ExpressionError("expression.mixed", left=ast.unparse(left), right=ast.unparse(right))

	def _name(self, node: ast.Name) -> str:
		if node.id not in self.fields:
			raise ExpressionError("expression.unknown", name=node.id, known=", ".join(sorted(self.fields)))
		self.used.add(node.id)
		return self.fields[node.id]

	def _constant(self, node: ast.Constant) -> str:
		if isinstance(node.value, bool):
			return FLAG
		if isinstance(node.value, int | float) and abs(node.value) < 1e15:
			return NUMBER
		if isinstance(node.value, str):
			return TEXT
		raise ExpressionError("expression.not_allowed", part=ast.unparse(node))

	def _binop(self, node: ast.BinOp) -> str:
		if not isinstance(node.op, _ARITHMETIC):
			raise ExpressionError("expression.not_allowed", part=type(node.op).__name__)
		self._numeric(node.left, node.right)
		return NUMBER

	def _unaryop(self, node: ast.UnaryOp) -> str:
		if isinstance(node.op, ast.Not):
			self.kind(node.operand)
			return FLAG
		if not isinstance(node.op, ast.USub | ast.UAdd):
			raise ExpressionError("expression.not_allowed", part=type(node.op).__name__)
		self._numeric(node.operand)
		return NUMBER

	def _boolop(self, node: ast.BoolOp) -> str:
		self._numeric(*node.values)  # `a or b` is a or b itself, so a text in it would come out as the result
		return FLAG

	def _ifexp(self, node: ast.IfExp) -> str:
		self.kind(node.test)
		self._same(node.body, node.orelse)
		return self.kind(node.body)

	def _compare(self, node: ast.Compare) -> str:
		left = node.left
		for op, right in zip(node.ops, node.comparators, strict=True):
			self._comparison(left, op, right)
			left = right
		return FLAG

	def _comparison(self, left: ast.AST, op: ast.cmpop, right: ast.AST) -> None:
		if isinstance(op, ast.In | ast.NotIn):
			if not isinstance(right, ast.List | ast.Tuple):
				raise ExpressionError("expression.in_list", part=ast.unparse(right))
			for element in right.elts:
				self._same(left, element)
		elif isinstance(op, _ORDERING):
			self._numeric(left, right)
		elif isinstance(op, ast.Eq | ast.NotEq):
			self._same(left, right)
		else:
			raise ExpressionError("expression.not_allowed", part=type(op).__name__)

	def _call(self, node: ast.Call) -> str:
		if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords or not node.args:
			raise ExpressionError("expression.function", part=ast.unparse(node), known=", ".join(FUNCTIONS))
		if (node.func.id in ("abs", "round") and len(node.args) != 1) or (
			node.func.id in ("min", "max") and len(node.args) < 2
		):
			raise ExpressionError("expression.function", part=ast.unparse(node), known=", ".join(FUNCTIONS))
		self._numeric(*node.args)
		return NUMBER
