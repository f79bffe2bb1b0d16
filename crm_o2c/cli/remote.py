"""The open orders of a live ERPNext 15 or 16, read by REST. Nothing is written.

The token comes from the environment (O2C_API_KEY and O2C_API_SECRET) and is shown nowhere. Pages go on from the last
name and not from a number, so that an order made meanwhile shifts nothing.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import requests

from crm_o2c.cli.reader import OrderBook, order_facts
from crm_o2c.cli.values import day
from crm_o2c.engine.policy import CUSTOMER_PREFIX

PAGE = 100  # orders in one request; their names go into the address of the next
TIME_OUT = (10, 60)  # seconds to connect, and to wait for an answer
ATTEMPTS = 5
LONGEST_WAIT = 60.0  # seconds
AGAIN = {429, 500, 502, 503, 504}

ORDER_FIELDS = {
	"name": "order",
	"customer": "customer",
	"company": "company",
	"transaction_date": "order_date",
	"delivery_date": "promise_date",
	"status": "status",
	"docstatus": "docstatus",
	"base_net_total": "base_total",
	"per_delivered": "delivered_percent",
}
LINE_FIELDS = {
	"parent": "order",
	"item_code": "item",
	"qty": "quantity",
	"delivered_qty": "delivered",
	"base_net_amount": "base_amount",
	"stock_qty": "stock_quantity",
	"actual_qty": "on_stock",
	"delivery_date": "promise_date",
}
CUSTOMER_FIELDS = {"name": "customer", "is_frozen": "frozen", "disabled": "disabled"}
OPEN_ORDERS = [["docstatus", "=", 1], ["status", "not in", ["Closed", "Completed"]], ["per_delivered", "<", 100]]


class SiteError(Exception):
	"""A site that can't be read. `text` is the reason, a text to translate, with its values."""

	def __init__(self, text: str, **values: Any):
		super().__init__(text)
		self.text, self.values = text, values


class RequestRefused(SiteError):
	"""The site does not give what was asked for; asking again would not help."""


class Site:
	"""A site's REST interface, for reading. `sleep` waits between attempts."""

	def __init__(self, url: str, key: str, secret: str, sleep: Callable[[float], None] = time.sleep):
		self.url = url.rstrip("/") if "://" in url else f"https://{url.rstrip('/')}"
		self._sleep = sleep
		self._session = requests.Session()
		self._session.headers.update({"Authorization": f"token {key}:{secret}", "Accept": "application/json"})

	def rows(
		self, doctype: str, fields: list[str], filters: list, parent: str | None = None
	) -> Iterator[list[dict[str, Any]]]:
		"""Pages of documents, by name."""
		last: list = []
		while True:
			query = {
				"fields": json.dumps(sorted({"name", *fields})),
				"filters": json.dumps([*filters, *last]),
				"order_by": "name asc",
				"limit_page_length": PAGE,
			}
			if parent:
				query["parent"] = parent
			page = self._get(f"/api/resource/{quote(doctype)}", query).get("data")
			if not isinstance(page, list):
				raise SiteError(
					"{url} answers, but not like an ERPNext: no list of {doctype}", url=self.url, doctype=doctype
				)
			yield page
			if len(page) < PAGE:
				return
			last = [["name", ">", page[-1]["name"]]]

	def _get(self, path: str, query: Mapping[str, Any]) -> dict[str, Any]:
		for attempt in range(1, ATTEMPTS + 1):
			response = self._attempt(path, query, last=attempt == ATTEMPTS)
			if response is not None and response.status_code not in AGAIN:
				return self._answer(response)
			if attempt < ATTEMPTS:
				self._sleep(_wait(response, attempt))
		raise SiteError(
			"{url} still answers {status} after {attempts} attempts",
			url=self.url,
			status=response.status_code,
			attempts=ATTEMPTS,
		)

	def _attempt(self, path: str, query: Mapping[str, Any], last: bool) -> requests.Response | None:
		try:
			return self._session.get(self.url + path, params=query, timeout=TIME_OUT)
		except (requests.ConnectionError, requests.Timeout) as e:
			if last or isinstance(e, requests.exceptions.SSLError):
				raise SiteError("{url} can't be reached: {error}", url=self.url, error=type(e).__name__) from None
			return None
		except requests.RequestException as e:
			raise SiteError("{url} can't be reached: {error}", url=self.url, error=type(e).__name__) from None

	def _answer(self, response: requests.Response) -> dict[str, Any]:
		if response.status_code in (401, 403):
			raise SiteError(
				"{url} refuses the token ({status}): check O2C_API_KEY and O2C_API_SECRET, and that the user may read Sales Orders",
				url=self.url,
				status=response.status_code,
			)
		if not response.ok:
			raise RequestRefused("{url} answers {status}", url=self.url, status=response.status_code)
		try:
			answer = response.json()
		except ValueError:
			answer = None
		if not isinstance(answer, dict):
			raise SiteError("{url} answers, but not like an ERPNext; is the address right?", url=self.url)
		return answer


def _wait(response: requests.Response | None, attempt: int) -> float:
	"""Seconds until the next attempt: what the server asks for, else twice as long each time."""
	asked = response.headers.get("Retry-After", "") if response is not None else ""
	return min(float(asked) if asked.isdigit() else 2.0 ** (attempt - 1), LONGEST_WAIT)


def read_site(site: Site, fields: Mapping[str, str]) -> OrderBook:
	"""All open orders of a site with their lines and customers. `fields` are those that the policy names besides."""
	customers = _customers(site, {f: k for f, k in fields.items() if f.startswith(CUSTOMER_PREFIX)})
	own = [f for f in fields if not f.startswith(CUSTOMER_PREFIX)]
	found = []
	for page in site.rows("Sales Order", [*ORDER_FIELDS, *own], OPEN_ORDERS):
		lines = _lines(site, [order["name"] for order in page])
		for order in page:
			head = {**_named(order, ORDER_FIELDS), **{f: order.get(f) for f in own}}
			head["docstatus"] = str(order.get("docstatus", 1))
			facts = order_facts(order["name"], [head, *lines.get(order["name"], [])], customers, fields)
			found.append(facts)
	orders = [facts for facts in found if facts]
	return OrderBook(orders, [], len(found) - len(orders))


def _lines(site: Site, orders: list[str]) -> dict[str, list[dict[str, Any]]]:
	found: dict[str, list[dict[str, Any]]] = {}
	if orders:
		for page in site.rows("Sales Order Item", list(LINE_FIELDS), [["parent", "in", orders]], parent="Sales Order"):
			for row in page:
				found.setdefault(row["parent"], []).append(_named(row, LINE_FIELDS))
	return found


def _customers(site: Site, extra: Mapping[str, str]) -> dict[str, dict[str, Any]]:
	"""Every customer by name; his tier where the site has this app."""
	own = {field.removeprefix(CUSTOMER_PREFIX): field for field in extra}
	names = {**CUSTOMER_FIELDS, **own}
	try:
		pages = list(site.rows("Customer", [*names, "o2c_tier"], []))
	except RequestRefused:  # a field that the site does not have
		pages = list(site.rows("Customer", list(names), []))
	return {row["name"]: {**_named(row, names), "tier": row.get("o2c_tier") or None} for page in pages for row in page}


def _named(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
	"""A document's values under our names, its dates as dates."""
	return {ours: day(row.get(theirs)) if ours.endswith("_date") else row.get(theirs) for theirs, ours in names.items()}
