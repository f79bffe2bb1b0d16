"""A ranking as CSV, JSON, or a short table in the terminal."""

import csv
import json
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from crm_o2c.cli.ranking import Ranked, Ranking
from crm_o2c.cli.reader import Reject
from crm_o2c.cli.words import Words

UNSAFE = ("=", "+", "-", "@", "\t", "\r")


def write_csv(ranking: Ranking, words: Words, file: TextIO) -> None:
	"""One row for each order, with a column for each term."""
	keys = [*(factor.key for factor in ranking.setting.policy.factors), "boost"]
	titles = ["Position", "Order", "Customer", "Order Value", "Delivery Date", "Band", "Score", "Points", "Why"]
	out = csv.writer(file, lineterminator="\n")
	out.writerow([*map(words.t, titles), *map(words.term, keys)])
	for ranked in ranking.orders:
		facts, decision = ranked.facts, ranked.explanation.decision
		points = {term.key: "" if term.missing else term.points for term in decision.terms}
		row = [ranked.position, facts.order, facts.customer, facts.value, facts.promise_date, words.t(decision.band)]
		row += [decision.score, decision.points, words.sentence(ranked.explanation), *(points.get(key) for key in keys)]
		out.writerow([safe(cell) for cell in row])


def write_json(ranking: Ranking, words: Words, file: TextIO) -> None:
	"""The whole decision of each order, with its codes and its words."""
	orders = [_order_json(ranked, words) for ranked in ranking.orders]
	head = {"today": str(ranking.today), "policy": ranking.setting.policy.name, "reference": _plain(ranking.reference)}
	json.dump({**head, "orders": orders}, file, ensure_ascii=False, indent=1, default=str)
	file.write("\n")


def _order_json(ranked: Ranked, words: Words) -> dict[str, Any]:
	told, decision = ranked.explanation, ranked.explanation.decision
	return {
		"position": ranked.position,
		"by_lane": ranked.by_lane,
		"order": decision.order,
		"customer": ranked.facts.customer,
		"points": decision.points,
		"score": decision.score,
		"band": decision.band,
		"gate": decision.gate.gate if decision.gate else None,
		"sentence": words.sentence(told),
		"terms": [{**t._asdict(), "inputs": dict(t.inputs)} for t in told.terms],
		"missing": list(decision.missing),
		"changes": [
			{"key": c.key, "text": words.message(c.message), "band": c.band, "points": c.points} for c in told.changes
		],
	}


def _plain(reference: Any) -> dict[str, Any]:
	return {name: getattr(reference, name) for name in reference.__slots__}


def write_rejects(rejects: Iterable[Reject], words: Words, path: Path) -> None:
	"""What was left out, one line for each cell: row, column, value, reason."""
	with path.open("w", encoding="utf-8-sig", newline="") as file:
		out = csv.writer(file, lineterminator="\n")
		out.writerow(map(words.t, ("Row", "Column", "Value", "Reason")))
		for reject in rejects:
			reason = words.t(reject.reason, **reject.values)
			out.writerow([reject.row, *(safe(cell) for cell in (reject.column, reject.value, reason))])


def safe(cell: Any) -> Any:
	"""A text that a spreadsheet would take for a formula gets an apostrophe."""
	return f"'{cell}" if isinstance(cell, str) and cell.startswith(UNSAFE) else cell


def table(ranking: Ranking, words: Words, most: int = 10) -> str:
	"""The first orders of the queue, for a terminal."""
	titles = [words.t(title) for title in ("#", "Order", "Customer", "Score", "Band", "Why")]
	rows = [
		[
			str(r.position),
			r.facts.order,
			r.facts.customer or "–",
			f"{r.explanation.decision.score:.1f}",
			words.t(r.explanation.decision.band),
			_why(r, words),
		]
		for r in ranking.orders[:most]
		if r.position
	]
	return in_columns([titles, *rows])


def in_columns(rows: list[list[str]], right: tuple[int, ...] = ()) -> str:
	"""Rows under each other in columns; those of `right` end at the same place. The last column may be of any width."""
	widths = [max(_width(row[place]) for row in rows) for place in range(len(rows[0]) - 1)]
	return "\n".join(
		"  ".join([*(_padded(row[n], width, n in right) for n, width in enumerate(widths)), row[-1]]) for row in rows
	)


def _why(ranked: Ranked, words: Words) -> str:
	"""The sentence without the band, which has its own column."""
	lane = [words.t("Reserved lane: waited longest")] if ranked.by_lane else []
	return words.t(", ").join([*lane, *(words.message(part) for part in ranked.explanation.sentence[1:])]) or "–"


def _width(text: str) -> int:
	"""Columns in a terminal: a Chinese character takes two."""
	return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int, right: bool = False) -> str:
	space = " " * (width - _width(text))
	return space + text if right else text + space
