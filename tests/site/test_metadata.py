"""What the app says of Frappe's and ERPNext's own DocTypes, fields, methods and roles holds on this site."""

import re

import pytest

import frappe
from frappe.model import std_fields

from rules.wiring import json_documents, named_doctypes, relative

MODULE = "CRM O2C"
STANDARD = {field["fieldname"] for field in std_fields} | {"name", "owner", "creation", "modified", "docstatus", "idx"}
LINKS = ("Link", "Table", "Table MultiSelect")
DOCUMENTS = json_documents()
DOCTYPES = [doc for _file, doc in DOCUMENTS if doc["doctype"] == "DocType"]


def has_field(doctype: str, fieldname: str) -> bool:
	return fieldname in STANDARD or frappe.get_meta(doctype).has_field(fieldname)


def custom_fields() -> list[dict]:
	fields = ["dt", "fieldname", "insert_after", "options", "fieldtype", "module", "depends_on"]
	return frappe.get_all("Custom Field", {"fieldname": ("like", "o2c_%")}, fields, order_by="name asc")


def test_linked_doctypes_exist():
	fields = [(doc["name"], field) for doc in DOCTYPES for field in doc["fields"] if field["fieldtype"] in LINKS]
	assert not [(dt, f["fieldname"]) for dt, f in fields if not frappe.db.exists("DocType", f["options"])]


def test_fetched_fields_exist():
	missing = []
	for doc in DOCTYPES:
		for field in doc["fields"]:
			if field.get("fetch_from"):
				link, _dot, wanted = field["fetch_from"].partition(".")
				target = frappe.get_meta(doc["name"]).get_field(link).options
				if not has_field(target, wanted):
					missing.append((doc["name"], field["fieldname"], field["fetch_from"]))
	assert not missing


def test_shipped_documents_name_doctypes_and_fields_that_exist():
	missing = []
	for file, doc in DOCUMENTS:
		missing += [(relative(file), dt) for dt in named_doctypes(doc) if dt and not frappe.db.exists("DocType", dt)]
		filters = frappe.parse_json(doc.get("filters_json") or "[]")
		for part in filters if isinstance(filters, list) else []:  # a card with a method passes its own words on
			if not has_field(part[0], part[1]):
				missing.append((relative(file), part[:2]))
		base = doc.get("document_type")
		for use in ("aggregate_function_based_on", "based_on", "group_by_based_on", "value_based_on"):
			if base and doc.get(use) and not has_field(base, doc[use]):
				missing.append((relative(file), doc[use]))
	assert not missing


def test_the_site_has_what_the_files_say():
	"""Every DocType, workspace, page … of ours was imported."""
	wanted = [(doc["doctype"], doc["name"]) for _file, doc in DOCUMENTS]
	assert not [which for which in wanted if not frappe.db.exists(*which)]


def test_custom_fields_have_their_place_and_shadow_nothing():
	fields = custom_fields()
	assert fields
	for field in fields:
		assert field.module == MODULE
		assert has_field(field.dt, field.insert_after), f"{field.dt}.{field.insert_after}"
		assert not frappe.db.exists("DocField", {"parent": field.dt, "fieldname": field.fieldname})
		if field.fieldtype in LINKS:
			assert frappe.db.exists("DocType", field.options)


def test_scripts_use_fields_and_doctypes_that_exist():
	"""The DocTypes that hooks attach scripts and events to."""
	named = set()
	for hook in ("doc_events", "doctype_js", "doctype_list_js", "has_permission", "permission_query_conditions"):
		named |= set(frappe.get_hooks(hook, app_name="crm_o2c") or {})
	assert not [name for name in named - {"*"} if not frappe.db.exists("DocType", name)]


def test_ignored_links_and_cleared_logs_are_doctypes():
	named = set(frappe.get_hooks("ignore_links_on_delete", app_name="crm_o2c") or [])
	named |= set(frappe.get_hooks("default_log_clearing_doctypes", app_name="crm_o2c") or {})
	assert not [name for name in named if not frappe.db.exists("DocType", name)]


def paths(value):
	if isinstance(value, dict):
		for key, inner in value.items():
			yield from paths(key)
			yield from paths(inner)
	elif isinstance(value, list | tuple):
		for inner in value:
			yield from paths(inner)
	elif isinstance(value, str) and re.fullmatch(r"(frappe|erpnext|crm_o2c)(\.\w+)+", value):
		yield value


@pytest.mark.parametrize(
	"hook",
	[
		"before_install", "after_install", "after_sync", "before_migrate", "after_migrate", "before_uninstall",
		"after_uninstall", "doc_events", "scheduler_events", "override_whitelisted_methods", "override_doctype_class",
		"override_doctype_dashboards", "has_permission", "permission_query_conditions", "extend_bootinfo",
		"boot_session", "jinja", "add_to_apps_screen", "clear_cache", "get_translated_dict",
	],
)  # fmt: skip
def test_hooks_can_be_loaded(hook):
	"""Frappe finds and imports what a hook names, its own overridden methods included."""
	for path in paths(frappe.get_hooks(hook, app_name="crm_o2c") or []):
		assert frappe.get_attr(path)


def test_roles_exist():
	named = {row["role"] for doc in DOCTYPES for row in doc.get("permissions", [])}
	named |= {row["role"] for _file, doc in DOCUMENTS for row in doc.get("roles", [])}
	assert not [role for role in named if not frappe.db.exists("Role", role)]


def test_each_doctype_has_its_table_as_its_file_says():
	for doc in DOCTYPES:
		if doc.get("issingle"):
			continue
		columns = set(frappe.db.get_table_columns(doc["name"]))
		stored = {f["fieldname"] for f in doc["fields"] if f["fieldtype"] in frappe.model.data_fieldtypes}
		assert not stored - columns - {f["fieldname"] for f in doc["fields"] if f.get("is_virtual")}
