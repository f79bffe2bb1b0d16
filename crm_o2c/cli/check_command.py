"""The command `crm-o2c check`: abnormal orders of a file, with evidence."""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from crm_o2c.cli import check_output, check_page, output
from crm_o2c.cli.check_reader import Sheet, read_sheet
from crm_o2c.cli.checking import Checked, check_book
from crm_o2c.cli.ranking import Setting
from crm_o2c.cli.tables import FileError
from crm_o2c.cli.words import Words
from crm_o2c.engine.anomaly.catalogue import DETECTORS
from crm_o2c.engine.anomaly.check import check_rule
from crm_o2c.engine.anomaly.defaults import DEFAULT_RULES
from crm_o2c.engine.anomaly.detectors.custom import SCRIPT
from crm_o2c.engine.anomaly.rules import Rule
from crm_o2c.engine.calendar import WorkCalendar
from crm_o2c.engine.defaults import DEFAULT_POLICY
from crm_o2c.engine.messages import render

WITH_REJECTS = 1
OFF = "Off"  # action of a rule that is left out


def run_check(options: argparse.Namespace, words: Words) -> int:
	"""Check the orders of a file, and say what was left out."""
	today = options.today or date.today()
	sheet = read_sheet(options.orders, today, options.encoding, options.dates)
	if not sheet.orders:
		raise FileError("no order was found")
	past = read_sheet(options.history, today, options.encoding, options.dates) if options.history else Sheet([], [])
	checked = check_book(sheet.orders, past.orders, read_rules(options.rules), today, calendar(today))
	if options.out:
		write(checked, words, options.out, options.to or _beside(options.orders, f".checked.{options.out}"))
	elif checked.findings:
		print(check_output.table(checked, words))
		print(f"\n{check_output.counts(checked, words)}")
	_report(options, sheet, past, checked, words)
	return WITH_REJECTS if sheet.rejects or past.rejects else 0


def calendar(today: date) -> WorkCalendar:
	"""Working days as the ranking has them without a policy of its own."""
	return Setting(DEFAULT_POLICY).calendar(today)


# -- rules -------------------------------------------------------------------------------------------------------------------


def read_rules(path: Path | None) -> list[Rule]:
	"""The rules of a file over the default ones: for each detector its parameters, severity and action (`Off` leaves it
	out); expressions come on top."""
	rules = {rule.detector: rule for rule in DEFAULT_RULES}
	if path is None:
		return list(rules.values())
	try:
		rows = json.loads(path.read_text(encoding="utf-8-sig"))
		made = [_rule(row, rules, place) for place, row in enumerate(rows, 1)]
	except (TypeError, ValueError, AttributeError, KeyError) as e:
		raise FileError("{path} is not a list of rules: {error}", path=path, error=e) from None
	problems = [(rule, problem) for rule in made if rule.action != OFF for problem in check_rule(rule)]
	problems += [(rule, None) for rule in made if rule.detector == SCRIPT]
	if problems:
		lines = "".join(f"\n  {rule.rule}: {_problem(problem)}" for rule, problem in problems)
		raise FileError("{path} can't be used:{problems}", path=path, problems=lines)
	for place, rule in enumerate(made):
		rules[rule.detector if rule.detector in rules else str(place)] = rule
	return [rule for rule in rules.values() if rule.action != OFF]


def _rule(row: Mapping[str, Any], known: Mapping[str, Rule], place: int) -> Rule:
	values = dict(row)
	detector = values.pop("detector")
	base = known.get(detector) or Rule(f"{detector} {place}", f"{detector} {place}", detector)
	if detector not in DETECTORS:
		raise ValueError(render("rule.detector", {"detector": detector}))
	params = {**base.params, **values.pop("params", {})}
	name = values.pop("name", base.rule)
	return replace(base, name=name, rule=name, params=params, **values)


def _problem(problem: Any) -> str:
	if problem is None:
		return "a server script runs on a site only"
	return f"{problem.field}: {render(problem.code, problem.params)}"


# -- output ------------------------------------------------------------------------------------------------------------------


def _beside(path: Path, ending: str) -> Path:
	"""A file in the working folder, named after the orders."""
	return Path(f"{path.stem}{ending}")


def write(checked: Checked, words: Words, kind: str, path: Path) -> None:
	"""Write what was found to a file, or to the terminal for “-”."""
	if str(path) == "-":
		_write_to(sys.stdout, checked, words, kind)
		return
	path.parent.mkdir(parents=True, exist_ok=True)
	with path.open("w", encoding="utf-8-sig" if kind == "csv" else "utf-8", newline="") as file:
		_write_to(file, checked, words, kind)


def _write_to(file: TextIO, checked: Checked, words: Words, kind: str) -> None:
	if kind == "html":
		file.write(check_page.html(checked, words))
	else:
		{"csv": check_output.write_csv, "json": check_output.write_json}[kind](checked, words, file)


def _report(options: argparse.Namespace, sheet: Sheet, past: Sheet, checked: Checked, words: Words) -> None:
	"""What was read and what was not, beside the result."""
	odd = sum(bool(order.findings) for order in checked.orders)
	parts = [words.t("{count} orders checked, {odd} with alerts", count=len(checked.orders), odd=odd)]
	for read, file in ((sheet, options.orders), (past, options.history)):
		if read.rejects:
			path = _beside(file, ".rejected.csv")
			output.write_rejects(read.rejects, words, path)
			rows = len({reject.row for reject in read.rejects})
			parts.append(words.t("{count} rows left out, see {path}", count=rows, path=path))
	if options.out and str(options.to) != "-":
		parts.append(str(options.to or _beside(options.orders, f".checked.{options.out}")))
	print(words.t("; ").join(parts), file=sys.stderr)
	if sheet.unread:
		print(words.t("columns not read: {columns}", columns=list(sheet.unread)), file=sys.stderr)
