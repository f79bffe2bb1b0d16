"""Curves turn an input into a number between an admin's points: the shape of one factor of a policy.

An admin writes a curve as lines of `input: output`:

    linear   0: 0        straight lines through the points, flat before the first and after the last
             90: 1
    steps    0: 0        the output of the last point that the input has reached
             1000: 0.5
    table    Contract: 1    the output of the input's own row, `*` stands for every other input
             *: 0
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LINEAR, STEPS, TABLE = "linear", "steps", "table"
KINDS = (LINEAR, STEPS, TABLE)
ANY_OTHER = "*"
LARGEST = 1e12  # of inputs and outputs; beyond it a sum of terms could overflow


class CurveError(ValueError):
	"""A curve that can't be used. `code` and `params` say why; `engine.messages` has the words."""

	def __init__(self, code: str, **params: Any):
		super().__init__(code)
		self.code, self.params = code, params


@dataclass(frozen=True, slots=True)
class Curve:
	kind: str
	points: tuple[tuple[float | str, float], ...]

	def compile(self) -> Callable[[Any], float | None]:
		"""A function from the input to the curve's output; None where the curve has no answer for that input."""
		if self.kind == TABLE:
			return _table(self.points)
		xs = [float(x) for x, _y in self.points]
		ys = [y for _x, y in self.points]
		return _linear(xs, ys) if self.kind == LINEAR else _steps(xs, ys)

	def text(self) -> str:
		return "\n".join(f"{_plain(x)}: {_plain(y)}" for x, y in self.points)


def parse_curve(kind: str, text: str) -> Curve:
	"""Read a curve from an admin's text. Raises CurveError that names the line."""
	if kind not in KINDS:
		raise CurveError("curve.kind", kind=kind, known=", ".join(KINDS))
	points: list[tuple[float | str, float]] = []
	for number, line in enumerate(text.splitlines(), 1):
		if line.strip():
			points.append(_parse_line(kind, number, line))
	if not points:
		raise CurveError("curve.empty")
	inputs = [x for x, _y in points]
	if len(set(inputs)) != len(inputs):
		raise CurveError("curve.duplicate")
	if kind != TABLE and inputs != sorted(inputs):
		raise CurveError("curve.order")
	return Curve(kind, tuple(points))


def _parse_line(kind: str, number: int, line: str) -> tuple[float | str, float]:
	if ":" not in line:
		line = line.replace("：", ":")  # as a Chinese keyboard writes it
	left, colon, right = line.rpartition(":")
	if not colon or not left.strip():
		raise CurveError("curve.line", line=number, text=line.strip())
	output = _number(right, number)
	return (left.strip() if kind == TABLE else _number(left, number)), output


def _number(text: str, line: int) -> float:
	try:
		value = float(text.strip())
	except ValueError:
		raise CurveError("curve.number", line=line, text=text.strip()) from None
	if not abs(value) <= LARGEST:  # also refuses what is not a number at all, “nan”
		raise CurveError("curve.number", line=line, text=text.strip())
	return value


def _plain(value: float | str) -> str:
	return value if isinstance(value, str) else f"{value:.15g}"


def _table(points) -> Callable[[Any], float | None]:
	outputs = {str(x): y for x, y in points}
	other = outputs.pop(ANY_OTHER, None)
	return lambda value: outputs.get(_plain(value) if isinstance(value, float) else str(value), other)


def _steps(xs: list[float], ys: list[float]) -> Callable[[Any], float]:
	return lambda value: ys[max(bisect_right(xs, value) - 1, 0)]


def _linear(xs: list[float], ys: list[float]) -> Callable[[Any], float]:
	def output(value: float) -> float:
		after = bisect_right(xs, value)
		if after == 0:
			return ys[0]
		if after == len(xs):
			return ys[-1]
		x0, x1, y0, y1 = xs[after - 1], xs[after], ys[after - 1], ys[after]
		return y0 + (y1 - y0) * (value - x0) / (x1 - x0)

	return output
