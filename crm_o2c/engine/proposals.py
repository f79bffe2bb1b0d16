"""Ways out where a line can't be kept on its date: another warehouse, a substitute, now and later, a later date, more.

Each says what it gives and is proved by a promise, whose ledger belongs to the stock that would be used.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from crm_o2c.engine.atp import KEPT_DECIMALS, Ledger, Promise, whole

TRANSFER, SUBSTITUTE, SPLIT, NEW_DATE, REQUEST = (
	"transfer",
	"substitute",
	"split",
	"new_date",
	"material_request",
)
MOST = 3  # warehouses, and substitutes, that are named


class Proposal(NamedTuple):
	"""One way out. Quantities in stock units."""

	code: str  # as the remedies' codes
	qty: float  # that moves, is substituted, is delivered on the date wanted, or has to be got
	on: date | None  # when the whole line is then there; None: not known
	later: float = 0.0  # split: what follows on that date
	warehouse: str | None = None  # transfer: where the goods are
	item: str | None = None  # substitute
	promise: Promise | None = None  # the proof; None where no known supply is behind it


class Terms(NamedTuple):
	"""What a way out depends on besides stock."""

	step: float = 0.0  # stock units that can't be divided: those of one sales unit; 0 where any part can be delivered
	transfer_days: int = 1  # from one warehouse to another
	lead_days: int | None = None  # to get or make more; None: not known


USUAL = Terms()


def propose(
	promise: Promise,
	own: Ledger,
	others: Mapping[str, Ledger] | None = None,
	substitutes: Mapping[str, Ledger] | None = None,
	terms: Terms = USUAL,
) -> list[Proposal]:
	"""The ways out for a promise that is not kept on its date, those that keep the date first.

	`own` is the ledger the promise was made from, `others` are those of the item by warehouse, `substitutes` those of other
	items, in the same warehouse, by item.
	"""
	if promise.is_kept or promise.wanted <= 0:
		return []
	wanted_on = max(promise.on or own.today, own.today)
	found = [
		*_transfers(promise, wanted_on, own.today, others or {}, terms),
		*_substitutes(promise, wanted_on, substitutes or {}),
		*_later(promise, terms),
		*_more(promise, own.today, terms),
	]
	keeps_date = [p.on is not None and p.on <= wanted_on and p.code in (TRANSFER, SUBSTITUTE) for p in found]
	return [p for keeps in (True, False) for p, kept in zip(found, keeps_date, strict=True) if kept is keeps]


def _transfers(
	promise: Promise, on: date, today: date, others: Mapping[str, Ledger], terms: Terms
) -> Iterator[Proposal]:
	"""What is missing on the date wanted, from elsewhere; in part where nobody has it all."""
	days = timedelta(days=terms.transfer_days)
	leaves = max(today, on - days)
	missing = round(promise.wanted - whole(promise.by_date, terms.step), KEPT_DECIMALS)
	found = []
	for warehouse, ledger in others.items():
		proof = ledger.promise(missing, leaves)
		qty = min(missing, whole(proof.by_date, terms.step))
		arrives = leaves + days if qty >= missing else None
		if qty > 0 and not (arrives and promise.kept_on and arrives >= promise.kept_on):
			found.append(Proposal(TRANSFER, qty, arrives, warehouse=warehouse, promise=proof))
	found.sort(key=lambda p: (-p.qty, -p.promise.by_date, p.warehouse))
	all_of_it = [p for p in found if p.on]
	yield from (all_of_it or found)[:MOST]


def _substitutes(promise: Promise, on: date, substitutes: Mapping[str, Ledger]) -> Iterator[Proposal]:
	"""Other items that can be kept in whole on the date wanted."""
	proofs = [(item, ledger.promise(promise.wanted, on)) for item, ledger in substitutes.items()]
	good = [(item, proof) for item, proof in proofs if proof.is_kept]
	for item, proof in sorted(good, key=lambda row: (-row[1].now, row[0]))[:MOST]:
		yield Proposal(SUBSTITUTE, promise.wanted, on, item=item, promise=proof)


def _later(promise: Promise, terms: Terms) -> Iterator[Proposal]:
	"""A part on the date wanted and the rest when it is there; or all of it then."""
	if promise.kept_on is None:
		return
	part = whole(promise.by_date, terms.step)
	if 0 < part < promise.wanted:
		rest = round(promise.wanted - part, KEPT_DECIMALS)
		yield Proposal(SPLIT, part, promise.kept_on, later=rest, promise=promise)
	yield Proposal(NEW_DATE, promise.wanted, promise.kept_on, promise=promise)


def _more(promise: Promise, today: date, terms: Terms) -> Iterator[Proposal]:
	"""What no known supply covers has to be bought or made."""
	if promise.short > 0:
		on = None if terms.lead_days is None else today + timedelta(days=terms.lead_days)
		yield Proposal(REQUEST, promise.short, on)
