"""Tests on a real ERPNext site. `make site-test` prepares the site and runs them with the bench's own Python.

Every test runs in one transaction, which is rolled back: `frappe.db.commit` is counted and does nothing. A test that
needs real commits (another connection must see its documents) says so with `@pytest.mark.commits` and hands what it makes
to the `committed` fixture.
"""

import os
from pathlib import Path

import pytest

try:
	import frappe
except ImportError:
	pytest.exit("The site tests need a bench's Python: run `make site-test`", returncode=2)

from ledger_book import LEDGER

import factories as make
from background import Jobs, forget_rolled_back
from benches import Bench
from web import serving

SITE = os.environ.get("O2C_TEST_SITE", "o2c-test.localhost")
BENCH = Path(os.environ.get("FRAPPE_BENCH", "~/frappe-bench")).expanduser()


def pytest_collection_modifyitems(items):
	"""The round trip last: it takes longest, and says least about one's own change."""
	items.sort(key=lambda item: item.path.name == "test_roundtrip.py")


@pytest.fixture(scope="session", autouse=True)
def site():
	"""The connection all tests share; the name of the site."""
	os.chdir(BENCH / "sites")  # Frappe writes its logs to ../logs
	frappe.init(site=SITE, sites_path=str(BENCH / "sites"))
	frappe.connect()
	frappe.flags.in_test = True
	frappe.flags.mute_emails = True
	yield SITE
	frappe.db.rollback()
	frappe.destroy()


@pytest.fixture(autouse=True)
def commits(request, site, monkeypatch):
	"""One transaction for the test. The value is the list of the commits the code under test asked for."""
	asked = []
	real = request.node.get_closest_marker("commits")
	frappe.db.begin()
	if not real:
		monkeypatch.setattr(frappe.local.db, "commit", lambda: asked.append(1))
	yield asked
	# The whole transaction, not a savepoint: code under test may roll back itself, which would take the savepoint along.
	# A full rollback also drops the callbacks that wait for a commit.
	frappe.db.rollback()
	frappe.set_user("Administrator")
	frappe.flags.mute_emails = True
	frappe.local.message_log = []
	frappe.local.form_dict = frappe._dict()
	forget_rolled_back()


@pytest.fixture(autouse=True)
def jobs(commits, monkeypatch):
	"""Background jobs are kept here, none reaches a worker. `jobs.run()` runs them, and those they start in turn."""
	return Jobs(monkeypatch)


@pytest.fixture
def settle(jobs):
	"""What follows a commit in the ledger: `settle()`. Other jobs that wait are dropped."""
	return lambda: jobs.run(only=LEDGER)


@pytest.fixture
def goods():
	"""An item with a hundred on the shelf."""
	return make.item(stock=100)


@pytest.fixture(scope="session")
def web(site):
	"""The site over HTTP: `web.guest()`, `web.visitor(user)`, `web.address`. It sees only what is committed."""
	with serving(Bench(BENCH), site) as running:
		yield running


@pytest.fixture
def as_user():
	"""`as_user("a@example.com")`: the rest of the test as that user."""
	return frappe.set_user


@pytest.fixture
def committed(request):
	"""`committed(doc)` returns the document and removes it for good after the test, the last made first."""
	if not request.node.get_closest_marker("commits"):
		pytest.fail("only a test marked with commits leaves anything to remove")
	made = []

	def remember(doc):
		made.append((doc.doctype, doc.name))
		return doc

	yield remember
	frappe.set_user("Administrator")
	for doctype, name in reversed(made):
		if not frappe.db.exists(doctype, name):
			continue
		doc = frappe.get_doc(doctype, name)
		if doc.docstatus == 1:
			doc.cancel()
		frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)
	frappe.db.commit()


@pytest.fixture
def queries(monkeypatch):
	"""A list that receives the text of every query from now on."""
	seen = []
	real = frappe.local.db.sql

	def sql(query, *args, **kwargs):
		seen.append(str(query))
		return real(query, *args, **kwargs)

	monkeypatch.setattr(frappe.local.db, "sql", sql)
	return seen
