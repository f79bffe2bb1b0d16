"""Made-up stock: ledgers of one item in one warehouse, and the words to write one down."""

from datetime import date, timedelta

from hypothesis import strategies as st

from crm_o2c.engine.atp import PURCHASE, Demand, Entry, Ledger

TODAY = date(2026, 8, 3)


def day(number: int) -> date:
	return TODAY + timedelta(days=number)


def comes(number: int, qty: float, document: str = "PO-1", kind: str = PURCHASE) -> Entry:
	return Entry(day(number), kind, document, qty)


def order(number: int, qty: float, document: str = "SO-1", placed: str = "1", reserved: float = 0.0) -> Demand:
	return Demand(day(number), placed, document, f"{document}/1", qty, reserved)


amounts = st.integers(1, 300).map(lambda tenths: tenths / 10)
days = st.integers(-3, 15)
dates = days.map(day)
supplies = st.lists(st.builds(lambda n, q: comes(n, q), days, amounts), max_size=6)


@st.composite
def books(draw, most: int = 8) -> list[Demand]:
	made = []
	for number in range(draw(st.integers(0, most))):
		qty = draw(amounts)
		reserved = draw(st.sampled_from([0.0, 0.0, qty, min(qty, 1.0)]))
		made.append(order(draw(days), qty, f"SO-{number}", str(draw(st.integers(0, 3))), reserved))
	return made


ledgers = st.builds(Ledger, st.just(TODAY), st.integers(-50, 800).map(lambda tenths: tenths / 10), supplies, books())
