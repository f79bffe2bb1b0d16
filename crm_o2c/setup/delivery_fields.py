"""Custom fields of deliveries: policy, Ship-To Plan, price lock. `setup.custom_fields` creates them with the others."""

from typing import Any


def _(text: str) -> str:
	"""Marks a label for translation; labels are stored in English."""
	return text


POLICIES = (_("Ship Complete"), _("At Most n Deliveries"), _("Minimum Value"))  # as crm_o2c.engine.delivery_policy


def _policy(after: str, currency: str | None, **common: Any) -> list[dict[str, Any]]:
	"""What a customer or an order says of its deliveries."""
	return [
		{
			"fieldname": "o2c_delivery_section",
			"fieldtype": "Section Break",
			"label": _("Delivery Policy"),
			"insert_after": after,
			"collapsible": 1,
			"collapsible_depends_on": "o2c_delivery_policy",
		},
		{
			"fieldname": "o2c_delivery_policy",
			"fieldtype": "Select",
			"label": _("Delivery Policy"),
			"options": "\n".join(("", *POLICIES)),
			"insert_after": "o2c_delivery_section",
			"description": _("Empty: partial deliveries are allowed."),
			"print_hide": 1,
			**common,
		},
		{"fieldname": "o2c_delivery_column", "fieldtype": "Column Break", "insert_after": "o2c_delivery_policy"},
		*_policy_numbers(currency, common),
	]


def _policy_numbers(currency: str | None, common: dict[str, Any]) -> list[dict[str, Any]]:
	at_most, value = (f"eval:doc.o2c_delivery_policy == '{name}'" for name in POLICIES[1:])
	shared = {"non_negative": 1, "print_hide": 1, **common}
	return [
		{
			"fieldname": "o2c_most_deliveries",
			"fieldtype": "Int",
			"label": _("Most Deliveries of an Order"),
			"insert_after": "o2c_delivery_column",
			"depends_on": at_most,
			"mandatory_depends_on": at_most,
			**shared,
		},
		{
			"fieldname": "o2c_min_delivery_value",
			"fieldtype": "Currency",
			"label": _("Minimum Value of a Delivery"),
			"options": currency,
			"insert_after": "o2c_most_deliveries",
			"depends_on": value,
			"mandatory_depends_on": value,
			"description": _("Net, in the company's currency. What is left at last may be less."),
			**shared,
		},
	]


def _override(after: str, **common: Any) -> list[dict[str, Any]]:
	"""How a manager goes past a delivery policy or a Ship-To Plan."""
	return [
		{
			"fieldname": "o2c_policy_section",
			"fieldtype": "Section Break",
			"label": _("Delivery Policy"),
			"insert_after": after,
			"collapsible": 1,
			"collapsible_depends_on": "o2c_policy_override",
			**common,
		},
		{
			"fieldname": "o2c_policy_override",
			"fieldtype": "Check",
			"label": _("Go Past the Delivery Policy"),
			"insert_after": "o2c_policy_section",
			"description": _("Counts where a user with the role O2C Manager submits."),
			"no_copy": 1,
			"print_hide": 1,
		},
		{
			"fieldname": "o2c_policy_override_reason",
			"fieldtype": "Small Text",
			"label": _("Reason"),
			"insert_after": "o2c_policy_override",
			"depends_on": "o2c_policy_override",
			"mandatory_depends_on": "o2c_policy_override",
			"no_copy": 1,
			"print_hide": 1,
		},
	]


DELIVERY_FIELDS: dict[str, list[dict[str, Any]]] = {
	"Customer": _policy("default_price_list", None),
	"Sales Order": [
		{
			"fieldname": "o2c_prices_locked",
			"fieldtype": "Check",
			"label": _("Prices Locked"),
			"insert_after": "ignore_pricing_rule",
			"description": _("Partial deliveries and invoices keep the prices of the order."),
			"read_only": 1,
			"print_hide": 1,
		},
		{
			"fieldname": "o2c_ignored_rules",
			"fieldtype": "Check",
			"label": _("Pricing Rules Were Ignored"),
			"insert_after": "o2c_prices_locked",
			"hidden": 1,
			"read_only": 1,
			"print_hide": 1,
			"report_hide": 1,
		},
		{
			"fieldname": "o2c_ship_to_section",
			"fieldtype": "Section Break",
			"label": _("Ship-To Plan"),
			"insert_after": "dispatch_address",
			"collapsible": 1,
			"collapsible_depends_on": "eval:(doc.o2c_ship_to || []).length",
		},
		{
			"fieldname": "o2c_ship_to",
			"fieldtype": "Table",
			"label": _("Ship-To Plan"),
			"options": "O2C Ship-To Plan",
			"insert_after": "o2c_ship_to_section",
			"description": _("For lines that go to several addresses or on several dates. Other lines need no row."),
			"allow_on_submit": 1,
			"no_copy": 1,
			"print_hide": 1,
		},
		*_policy("o2c_ship_to", "Company:company:default_currency", allow_on_submit=1, no_copy=1),
	],
	"Sales Order Item": [
		{
			"fieldname": "o2c_pricing_rules",
			"fieldtype": "Small Text",
			"label": _("Pricing Rules of the Locked Price"),
			"insert_after": "pricing_rules",
			"hidden": 1,
			"read_only": 1,
			"print_hide": 1,
		}
	],
	"Delivery Note": [
		{
			"fieldname": "o2c_planned_date",
			"fieldtype": "Date",
			"label": _("Planned Delivery Date"),
			"insert_after": "shipping_address",
			"description": _("From the order's Ship-To Plan."),
			"depends_on": "o2c_planned_date",
			"read_only": 1,
			"print_hide": 1,
		},
		*_override("instructions"),
	],
	"Sales Invoice": _override("remarks", depends_on="update_stock"),
	"Delivery Note Item": [
		{
			"fieldname": "o2c_ship_to_row",
			"fieldtype": "Data",
			"label": _("Ship-To Row"),
			"insert_after": "so_detail",
			"hidden": 1,
			"read_only": 1,
			"print_hide": 1,
			"report_hide": 1,
			"search_index": 1,
		}
	],
}
