"""`crm-o2c rank --site` against a real ERPNext: it reads the open orders, ranks them, and writes nothing."""

import json
import os
import subprocess
import sys

import pytest

import frappe
from frappe.core.doctype.user.user import generate_keys

import factories as make

pytestmark = pytest.mark.commits


@pytest.fixture
def book(committed):
	"""An urgent order of a large customer, a later one, a draft and a closed one."""
	key_account, other = committed(make.customer(tier="A")), committed(make.customer())
	orders = {
		"urgent": make.sales_order(key_account, lines=3, days=0, qty=20),
		"later": make.sales_order(other, days=20),
		"draft": make.sales_order(other, submit=False),
		"closed": make.sales_order(other),
	}
	orders["closed"].update_status("Closed")
	for order in orders.values():
		committed(order)
	frappe.db.commit()
	yield orders
	orders["closed"].reload()
	orders["closed"].update_status("Draft")  # ERPNext's word for open again


def rank(web, user: str, tmp_path, secret: str | None = None) -> subprocess.CompletedProcess:
	frappe.set_user("Administrator")
	secret = secret or generate_keys(user)["api_secret"]
	key = frappe.db.get_value("User", user, "api_key")
	frappe.db.commit()
	environment = {**os.environ, "O2C_API_KEY": key, "O2C_API_SECRET": secret}
	command = [sys.executable, "-m", "crm_o2c.cli", "rank", "--site", web.address, "--out", "json"]
	command += ["--to", str(tmp_path / "ranked.json")]
	return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def test_open_orders_are_ranked_and_nothing_is_written(web, book, committed, tmp_path):
	user = committed(make.user("Sales User"))
	before = frappe.get_all("Sales Order", fields=["name", "modified"], order_by="name asc")

	done = rank(web, user.name, tmp_path)

	assert done.returncode == 0, done.stderr
	ranked = [row["order"] for row in json.loads((tmp_path / "ranked.json").read_text())["orders"]]
	ours = [name for name in ranked if name in {order.name for order in book.values()}]
	assert ours == [book["urgent"].name, book["later"].name]
	frappe.db.rollback()
	assert frappe.get_all("Sales Order", fields=["name", "modified"], order_by="name asc") == before


def test_a_wrong_token_is_refused_in_plain_words_and_not_shown(web, book, committed, tmp_path):
	user = committed(make.user("Sales User"))
	generate_keys(user.name)

	done = rank(web, user.name, tmp_path, secret="not-the-secret")

	assert done.returncode != 0
	assert "O2C_API_KEY" in done.stderr
	assert "not-the-secret" not in done.stdout + done.stderr
