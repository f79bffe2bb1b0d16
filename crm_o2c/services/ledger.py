"""The ledger's first feed: what documents tell of themselves, worked off after their commit."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from crm_o2c.services import events, stages
from crm_o2c.services.isolation import reading_committed
from crm_o2c.services.ledger_kinds import KINDS
from crm_o2c.services.order_chain import orders_of


def record_documents(names: Iterable[Sequence[str]]) -> None:
	"""Record what these documents have become, and bring their orders in line. `names` are pairs (DocType, name)."""
	by_kind: dict[str, list[str]] = defaultdict(list)
	for doctype, name in names:
		by_kind[doctype].append(name)
	with reading_committed():
		_record(by_kind)


def _record(by_kind: dict[str, list[str]]) -> None:
	orders: set[str] = set()
	for doctype, documents in sorted(by_kind.items()):
		orders |= orders_of(doctype, documents)
		if doctype in KINDS and doctype != "Sales Order":
			events.record(doctype, documents)
	if orders:
		stages.bring_in_line(orders, cause=_cause(by_kind))


def _cause(by_kind: dict[str, list[str]]) -> tuple[str, str] | None:
	"""What moved the orders: the one other document of the transaction, where there is one."""
	others = [(doctype, name) for doctype, names in by_kind.items() for name in names if doctype != "Sales Order"]
	return others[0] if len(others) == 1 else None
