"""Reading a site by REST, against a server that answers like one, and misbehaves like one."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from crm_o2c.cli import main, remote
from crm_o2c.cli.remote import ATTEMPTS, Site, SiteError, read_site

SECRET = "not-to-be-shown"
CUSTOMERS = [
	{"name": "Acme", "is_frozen": 0, "disabled": 0, "o2c_tier": "A"},
	{"name": "Bolt", "is_frozen": 1, "disabled": 0},
]


def order(number: int, **values) -> dict:
	return {
		"name": f"SO-{number:04}", "customer": "Acme", "company": "Company", "transaction_date": "2026-02-20",
		"delivery_date": "2026-03-05", "status": "To Deliver and Bill", "docstatus": 1, "base_net_total": 100.0,
		"per_delivered": 0.0, **values,
	}  # fmt: skip


def line(number: int, order: str, **values) -> dict:
	return {
		"name": f"row-{number:04}", "parent": order, "item_code": "A", "qty": 4.0, "delivered_qty": 1.0,
		"base_net_amount": 80.0, "stock_qty": 8.0, "actual_qty": 5.0, "delivery_date": "2026-03-04", **values,
	}  # fmt: skip


class FakeSite(ThreadingHTTPServer):
	"""Lists by name, as Frappe does. `trouble` holds the answers to give before the true one."""

	daemon_threads = True

	def __init__(self, documents: dict[str, list[dict]]):
		super().__init__(("127.0.0.1", 0), Handler)
		self.documents, self.trouble, self.requests = documents, [], []
		self.ending = threading.Event()

	def handle_error(self, request, client_address):
		"""A client that gave up is no news."""

	@property
	def url(self) -> str:
		return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
	def do_GET(self):
		query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
		self.server.requests.append((self.command, urlsplit(self.path).path, query, dict(self.headers)))
		if self.server.trouble:
			status, headers, body = self.server.trouble.pop(0)
			if status is None:
				self.close_connection = True
				self.connection.close()
				return
			return self.answer(status, headers, body)
		doctype = urlsplit(self.path).path.rpartition("/")[2].replace("%20", " ")
		self.answer(200, {}, json.dumps({"data": self.page(doctype, query)}))

	def page(self, doctype: str, query: dict) -> list[dict]:
		rows = sorted(self.server.documents[doctype], key=lambda row: row["name"])
		for field, sign, value in json.loads(query["filters"]):
			if sign == ">":
				rows = [row for row in rows if row[field] > value]
			if sign == "in":
				rows = [row for row in rows if row[field] in value]
		fields = json.loads(query["fields"])
		return [{f: row.get(f) for f in fields} for row in rows[: int(query["limit_page_length"])]]

	def answer(self, status: int, headers: dict, body: str):
		self.send_response(status)
		for name, value in headers.items():
			self.send_header(name, value)
		self.end_headers()
		self.wfile.write(body.encode())

	def log_message(self, *_arguments):
		pass


@pytest.fixture
def fake():
	orders = [order(n) for n in range(250)]
	lines = [line(2 * n + k, row["name"]) for n, row in enumerate(orders) for k in range(2)]
	server = FakeSite({"Sales Order": orders, "Sales Order Item": lines, "Customer": CUSTOMERS})
	thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
	thread.start()
	yield server
	server.ending.set()
	server.shutdown()
	server.server_close()


@pytest.fixture
def waits():
	return []


@pytest.fixture
def site(fake, waits):
	return Site(fake.url, "key", SECRET, sleep=waits.append)


def test_every_page_is_read_once_with_its_lines_and_customers(fake, site):
	fake.documents["Sales Order"][7].update(customer="Bolt", status="On Hold")
	read = read_site(site, {})
	assert [facts.order for facts in read.orders] == [f"SO-{n:04}" for n in range(250)]
	first, held = read.orders[0], read.orders[7]
	assert (first.tier, first.value, first.lines, first.units, first.lines_in_stock) == ("A", 120.0, 2, 12.0, 2)
	assert str(first.promise_date) == "2026-03-04" and first.submitted
	assert held.on_hold and held.customer_blocked and held.tier is None


def test_nothing_is_written_and_every_list_is_in_a_stated_order(fake, site):
	read_site(site, {})
	assert {command for command, *_rest in fake.requests} == {"GET"}
	assert {query["order_by"] for _command, _path, query, _headers in fake.requests} == {"name asc"}
	assert all("(" not in query["fields"] for _command, _path, query, _headers in fake.requests)
	assert {headers["Authorization"] for *_rest, headers in fake.requests} == {f"token key:{SECRET}"}


def test_the_policys_own_fields_are_asked_for(fake, site):
	fake.documents["Sales Order"][0]["contract"] = "Gold"
	fake.documents["Customer"][0]["risk"] = 3
	first = read_site(site, {"contract": "text", "customer__risk": "number"}).orders[0]
	assert first.extra == {"contract": "Gold", "customer__risk": 3}


def test_a_site_without_this_app_has_no_tiers(fake, site):
	fake.trouble = [(417, {}, '{"exc_type": "DataError"}')]
	assert read_site(site, {}).orders[0].tier is None
	asked = [json.loads(query["fields"]) for _c, path, query, _h in fake.requests if path.endswith("Customer")]
	assert "o2c_tier" in asked[0] and "o2c_tier" not in asked[1]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again_with_growing_waits(fake, site, waits, status):
	fake.trouble = [(status, {}, "")] * 3
	assert len(read_site(site, {}).orders) == 250
	assert waits == [1.0, 2.0, 4.0]


def test_the_wait_that_the_server_asks_for_is_kept_up_to_a_minute(fake, site, waits):
	fake.trouble = [
		(429, {"Retry-After": "7"}, ""),
		(503, {"Retry-After": "9999"}, ""),
		(503, {"Retry-After": "soon"}, ""),
	]
	read_site(site, {})
	assert waits == [7.0, 60.0, 4.0]


def test_a_connection_that_breaks_is_tried_again(fake, site, waits):
	fake.trouble = [(None, {}, "")] * 2
	assert len(read_site(site, {}).orders) == 250
	assert len(waits) == 2


@pytest.mark.parametrize(
	("trouble", "text"),
	[
		([(503, {}, "")] * ATTEMPTS, "{url} still answers {status} after {attempts} attempts"),
		([(None, {}, "")] * ATTEMPTS, "{url} can't be reached: {error}"),
		([(401, {}, "")], "{url} refuses the token ({status})"),
		([(403, {}, "")], "{url} refuses the token ({status})"),
		([(404, {}, "")] * 2, "{url} answers {status}"),
		([(200, {}, "<html>Log in</html>")], "{url} answers, but not like an ERPNext; is the address right?"),
		([(200, {}, "[]")], "{url} answers, but not like an ERPNext; is the address right?"),
		([(200, {}, '{"message": "ok"}')], "{url} answers, but not like an ERPNext: no list of {doctype}"),
	],
)
def test_a_site_that_cannot_be_read_is_explained_without_the_secret(fake, site, trouble, text):
	fake.trouble = trouble
	with pytest.raises(SiteError) as refused:
		read_site(site, {})
	assert refused.value.text.startswith(text)
	assert SECRET not in str(refused.value) + str(refused.value.values)


def test_a_silent_server_is_given_up(fake, site, monkeypatch, waits):
	monkeypatch.setattr(remote, "TIME_OUT", (0.05, 0.05))
	monkeypatch.setattr(Handler, "page", lambda *_arguments: [fake.ending.wait()])
	with pytest.raises(SiteError) as refused:
		read_site(site, {})
	assert refused.value.values["error"] == "ReadTimeout" and len(waits) == ATTEMPTS - 1


def test_the_command_ranks_a_site_and_never_shows_the_secret(fake, monkeypatch, capsys):
	monkeypatch.setenv("O2C_API_KEY", "key")
	monkeypatch.setenv("O2C_API_SECRET", SECRET)
	assert main(["rank", "--site", fake.url, "--today", "2026-03-02"]) == 0
	shown = capsys.readouterr()
	assert "250 open orders ranked" in shown.err and "SO-0000" in shown.out
	fake.trouble = [(401, {}, "")]
	assert main(["rank", "--site", fake.url]) == 2
	assert SECRET not in shown.out + shown.err + capsys.readouterr().err
