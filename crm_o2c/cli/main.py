"""The commands: `crm-o2c demo`, `crm-o2c rank` and `crm-o2c check`."""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from crm_o2c.cli import book, check_command, check_demo, check_output, check_page, output, page
from crm_o2c.cli.checking import Checked, check_book
from crm_o2c.cli.ranking import Ranking, Setting, rank_book, setting_from
from crm_o2c.cli.reader import FileError, OrderBook, read_customers, read_orders
from crm_o2c.cli.values import DAY_FIRST, MONTH_FIRST
from crm_o2c.cli.words import LANGUAGES, Words, labels_of
from crm_o2c.engine.defaults import DEFAULT_POLICY
from crm_o2c.engine.messages import render
from crm_o2c.engine.policy import check_policy

FAILED, WITH_REJECTS = 2, 1
DEMO_PAGE = Path("build/demo/index.html")
ALERTS_PAGE = "alerts.html"  # beside it
DEMO_ALERTS = 10


def main(arguments: Sequence[str] | None = None) -> int:
	"""Run a command. 0: done; 1: done, with rows left out; 2: not done, and why."""
	for stream in (sys.stdout, sys.stderr):
		if hasattr(stream, "reconfigure"):
			stream.reconfigure(errors="replace")  # a terminal without the letter shows a mark, and no error
	options = parser().parse_args(arguments)
	words = Words(options.lang)
	try:
		return options.run(options, words)
	except (FileError, *_site_errors()) as e:
		print(words.t(e.text, **e.values), file=sys.stderr)
	except OSError as e:
		print(f"{e.filename or ''}: {e.strerror or e}".lstrip(": "), file=sys.stderr)
	return FAILED


def parser() -> argparse.ArgumentParser:
	"""What the command line takes."""
	made = argparse.ArgumentParser(
		prog="crm-o2c", description="Rank open orders by urgency, find abnormal ones, and say why."
	)
	commands = made.add_subparsers(required=True, metavar="COMMAND")
	common = argparse.ArgumentParser(add_help=False)
	common.add_argument("--today", type=_day, metavar="DATE", help="as on this day, such as 2026-03-31")
	common.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the output")
	ranked = argparse.ArgumentParser(add_help=False)
	ranked.add_argument("--policy", type=Path, metavar="FILE", help="a policy as JSON, over the default one")
	demo = commands.add_parser("demo", parents=[common, ranked], help="rank and check made-up orders, as pages")
	demo.add_argument("--to", type=Path, default=DEMO_PAGE, metavar="FILE", help=f"the page (default: {DEMO_PAGE})")
	demo.set_defaults(run=run_demo)
	files = argparse.ArgumentParser(add_help=False)
	files.add_argument("--out", choices=("html", "json", "csv"), help="write all of it (default: show the top)")
	files.add_argument("--to", type=Path, metavar="FILE", help="where to; - for the terminal")
	files.add_argument("--encoding", help="of CSV files, where it is not UTF-8")
	files.add_argument("--dates", choices=(DAY_FIRST, MONTH_FIRST), help="what 03/04/2026 means: day or month first")
	_add_rank(commands, [common, ranked, files])
	_add_check(commands, [common, files])
	return made


def _add_rank(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
	rank = commands.add_parser("rank", parents=parents, help="rank the orders of a file or of a live ERPNext")
	rank.add_argument("orders", nargs="?", type=Path, metavar="ORDERS", help="CSV or XLSX, such as ERPNext exports")
	rank.add_argument("--site", metavar="URL", help="read a live ERPNext; token in O2C_API_KEY and O2C_API_SECRET")
	rank.add_argument("--customers", type=Path, metavar="FILE", help="tiers, blocks and overdue of the customers")
	rank.set_defaults(run=run_rank)


def _add_check(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
	check = commands.add_parser("check", parents=parents, help="find abnormal orders in a file")
	check.add_argument("orders", type=Path, metavar="ORDERS", help="CSV or XLSX with a row for each line")
	check.add_argument("--history", type=Path, metavar="FILE", help="earlier orders, to learn what is usual from")
	check.add_argument("--rules", type=Path, metavar="FILE", help="rules as JSON, over the default ones")
	check.set_defaults(run=check_command.run_check)


def _day(text: str) -> date:
	return date.fromisoformat(text)


def _site_errors() -> tuple[type[Exception], ...]:
	"""Known only once `remote`, which needs requests, was used."""
	remote = sys.modules.get("crm_o2c.cli.remote")
	return (remote.SiteError,) if remote else ()


# -- commands --------------------------------------------------------------------------------------------------------------


def run_demo(options: argparse.Namespace, words: Words) -> int:
	"""Make the demo book, rank it, write its page, and show the top and the timings."""
	setting = _setting(options.policy)
	today = options.today or book.DEMO_TODAY
	began = time.perf_counter()
	orders = list(book.order_book(today))
	made = time.perf_counter()
	ranking = rank_book(orders, setting, today)
	ranked = time.perf_counter()
	checked = _check_demo(today)
	alerts = options.to.with_name(ALERTS_PAGE)
	looked = time.perf_counter()
	_write(ranking, words, "html", options.to, ALERTS_PAGE)
	alerts.write_text(check_page.html(checked, words, options.to.name), encoding="utf-8")
	written = time.perf_counter()
	print(output.table(ranking, words))
	print(f"\n{check_output.table(checked, words, DEMO_ALERTS)}\n\n{check_output.counts(checked, words)}\n")
	lines = sum(facts.lines for facts in orders)
	customers = len({facts.customer for facts in orders})
	print(
		words.t(
			"{orders} orders with {lines} lines of {customers} customers",
			orders=len(orders),
			lines=lines,
			customers=customers,
		)
	)
	odd = sum(bool(order.findings) for order in checked.orders)
	print(words.t("{count} orders checked, {odd} with alerts", count=len(checked.orders), odd=odd))
	times = {"book": made - began, "ranking": ranked - made, "page": written - looked, "check": looked - ranked}
	print(
		words.t(
			"order book {book} s, ranked, explained and compared {ranking} s, checked {check} s, pages {page} s",
			**times,
		)
	)
	print(options.to)
	print(alerts)
	return 0


def _check_demo(today: date) -> Checked:
	new, before = check_demo.orders(today)
	return check_book(new, before, check_command.read_rules(None), today, check_command.calendar(today))


def run_rank(options: argparse.Namespace, words: Words) -> int:
	"""Rank the orders of a file or a site, and say what was left out."""
	if bool(options.orders) == bool(options.site):
		raise FileError("say either a file of orders or --site")
	setting = _setting(options.policy)
	read = _read_site(options, setting) if options.site else _read_files(options, setting, words)
	words = Words(options.lang, labels_of(setting.policy))
	if not read.orders:
		raise FileError("no open order was found")
	ranking = rank_book(read.orders, setting, options.today or date.today())
	if options.out:
		_write(ranking, words, options.out, options.to or _beside(options, f".ranked.{options.out}"))
	else:
		print(output.table(ranking, words))
	_report(read, words, options)
	return WITH_REJECTS if read.rejects else 0


def _read_files(options: argparse.Namespace, setting: Setting, words: Words) -> OrderBook:
	fields = setting.policy.fields
	customers, bad = read_customers(options.customers, fields, options.encoding) if options.customers else ({}, [])
	if bad:
		path = options.customers.with_suffix(".rejected.csv")
		output.write_rejects(bad, words, path)
		print(
			words.t("{count} cells of customers could not be read: {path}", count=len(bad), path=path), file=sys.stderr
		)
	return read_orders(options.orders, fields, customers, options.encoding, options.dates)


def _read_site(options: argparse.Namespace, setting: Setting) -> OrderBook:
	from crm_o2c.cli.remote import Site, read_site

	key, secret = os.environ.get("O2C_API_KEY"), os.environ.get("O2C_API_SECRET")
	if not key or not secret:
		raise FileError("put the token into O2C_API_KEY and O2C_API_SECRET; in ERPNext: User, Settings, API Access")
	return read_site(Site(options.site, key, secret), setting.policy.fields)


def _setting(path: Path | None) -> Setting:
	"""The policy file over the default policy, checked."""
	if path is None:
		return Setting(DEFAULT_POLICY)
	try:
		setting = setting_from(json.loads(path.read_text(encoding="utf-8-sig")), DEFAULT_POLICY)
		problems = check_policy(setting.policy)
	except (TypeError, ValueError, AttributeError) as e:
		raise FileError("{path} is not a policy: {error}", path=path, error=e) from None
	if problems:
		lines = [f"{q.table} {q.row} {q.field}: {render(q.code, q.params)}" for q in problems]
		raise FileError("{path} can't be used:{problems}", path=path, problems="".join(f"\n  {line}" for line in lines))
	return setting


def _beside(options: argparse.Namespace, ending: str) -> Path:
	"""A file in the working folder, named after the orders."""
	return Path(f"{options.orders.stem if options.orders else 'orders'}{ending}")


def _write(ranking: Ranking, words: Words, kind: str, path: Path, alerts: str | None = None) -> None:
	if str(path) == "-":
		_write_to(sys.stdout, ranking, words, kind)
		return
	path.parent.mkdir(parents=True, exist_ok=True)
	with path.open("w", encoding="utf-8-sig" if kind == "csv" else "utf-8", newline="") as file:
		_write_to(file, ranking, words, kind, alerts)


def _write_to(file: TextIO, ranking: Ranking, words: Words, kind: str, alerts: str | None = None) -> None:
	if kind == "html":
		file.write(page.html(ranking, words, alerts))
	else:
		{"csv": output.write_csv, "json": output.write_json}[kind](ranking, words, file)


def _report(read: OrderBook, words: Words, options: argparse.Namespace) -> None:
	"""What was read and what was not, beside the result."""
	parts = [words.t("{count} open orders ranked", count=len(read.orders))]
	if read.not_open:
		parts.append(words.t("{count} not open", count=read.not_open))
	if read.rejects:
		path = _beside(options, ".rejected.csv")
		output.write_rejects(read.rejects, words, path)
		rows = len({reject.row for reject in read.rejects})
		parts.append(words.t("{count} rows left out, see {path}", count=rows, path=path))
	if options.out and str(options.to) != "-":
		parts.append(str(options.to or _beside(options, f".ranked.{options.out}")))
	print(words.t("; ").join(parts), file=sys.stderr)
	if read.unread:
		print(words.t("columns not read: {columns}", columns=list(read.unread)), file=sys.stderr)
