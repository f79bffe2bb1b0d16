"""Where a workflow governs orders nobody submits past it over HTTP: neither its users, nor customers, nor guests."""

import json

import pytest
from governed import BOSS, FIELD, ORDER, SALES, committed_workflow, have_state_field, state

import frappe

import factories as make


@pytest.fixture(scope="module", autouse=True)
def state_field(site):
	have_state_field()


@pytest.mark.commits
def test_over_http_nobody_gets_past(web, committed):
	buyer, goods = committed(make.customer()), committed(make.item())
	with committed_workflow():
		doc = committed(make.sales_order(buyer, lines=[{"item_code": goods.name}], submit=False))
		clerk, boss = committed(make.user(*SALES)), committed(make.user(*BOSS))
		login = committed(make.portal_user(buyer))
		for contact in frappe.get_all("Contact", {"user": login.name}, pluck="name", order_by="name"):
			committed(frappe.get_doc("Contact", contact))
		frappe.db.commit()
		visitors = {
			name: web.visitor(user.name) for name, user in (("clerk", clerk), ("boss", boss), ("customer", login))
		}
		visitors["guest"] = web.guest()
		for who, visitor in visitors.items():
			for code, way in ways_over_http(visitor, doc):
				assert not code.ok, (who, way)
				frappe.db.rollback()
				assert state(doc) == ("Draft", 0), (who, way)
				assert frappe.db.count(ORDER, {"customer": buyer.name}) == 1, (who, way)
			if who in ("clerk", "boss"):
				assert (
					"WorkflowRefused"
					in visitor.put(f"/api/resource/Sales Order/{doc.name}", json={"docstatus": 1}).text
				)
		act = "/api/method/frappe.model.workflow.apply_workflow"
		assert (
			visitors["clerk"]
			.post(act, json={"doc": {"doctype": ORDER, "name": doc.name}, "action": "Ask for Confirmation"})
			.ok
		)
		assert not visitors["clerk"].put(f"/api/resource/Sales Order/{doc.name}", json={"docstatus": 1}).ok
		assert visitors["boss"].put(f"/api/resource/Sales Order/{doc.name}", json={"docstatus": 1}).ok
		frappe.db.rollback()
		assert state(doc) == ("Confirmed", 1)
		assert not visitors["clerk"].put(f"/api/resource/Sales Order/{doc.name}", json={"docstatus": 2}).ok
		assert visitors["boss"].put(f"/api/resource/Sales Order/{doc.name}", json={"docstatus": 2}).ok
		frappe.db.rollback()
		assert state(doc) == ("Cancelled", 2)
		frappe.delete_doc("Workflow Action", asked_of(doc))
		frappe.db.commit()


def asked_of(doc) -> list[str]:
	"""What the workflow asked people to do with an order."""
	return frappe.get_all("Workflow Action", {"reference_name": doc.name}, pluck="name", order_by="name asc")


def ways_over_http(visitor, doc):
	"""Each answer with what was tried."""
	path, values = f"/api/resource/Sales Order/{doc.name}", json.loads(doc.as_json())
	flags = {"flags": {"ignore_workflow": True, "ignore_permissions": True, "ignore_validate": True}}
	new = {k: v for k, v in values.items() if k not in ("name", "creation", "modified", "owner")}
	method = "/api/method/frappe."
	yield visitor.put(path, json={"docstatus": 1}), "REST"
	yield visitor.put(path, json={"docstatus": 1, **flags}), "REST with flags"
	yield visitor.put(path, json={"docstatus": 1, FIELD: "Confirmed"}), "REST with state"
	yield (
		visitor.put(path, json={"docstatus": 1, "owner": "x@example.com", FIELD: "To confirm"}),
		"REST with a draft's state",
	)
	yield visitor.put(f"/api/v2/document/Sales Order/{doc.name}", json={"docstatus": 1}), "REST v2"
	yield visitor.post(f"/api/v2/document/Sales Order/{doc.name}/method/submit", json={}), "REST v2, submit"
	yield visitor.post("/api/resource/Sales Order", json={**new, "docstatus": 1, **flags}), "REST, new"
	yield visitor.post(method + "client.insert", json={"doc": {**new, "docstatus": 1, **flags}}), "insert"
	yield visitor.post(method + "client.submit", json={"doc": {**values, **flags}}), "client.submit"
	yield visitor.post(method + "client.save", json={"doc": {**values, "docstatus": 1, **flags}}), "client.save"
	submit_form = {"doc": json.dumps(values), "action": "Submit"}
	yield visitor.post(method + "desk.form.save.savedocs", data=submit_form), "desk"
	run = {"docs": json.dumps({**values, **flags}), "method": "submit"}
	yield visitor.post(method + "handler.run_doc_method", data=run), "run_doc_method"
