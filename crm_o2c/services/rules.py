"""Between the O2C Anomaly Rules that an admin edits and the engine's rules, and from there to what Redis keeps as text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import cint, flt

from crm_o2c.engine.anomaly.rules import EVERYWHERE, HOLD, NOTE, Rule, Scope
from crm_o2c.services import versions

RULE, PARAMETER = "O2C Anomaly Rule", "O2C Anomaly Parameter"
ACTIVE, SHADOW = versions.ACTIVE, versions.SHADOW
EXPRESSION, SCRIPT = "expression", "script"
RESERVES = "stock.short"  # the detector whose rules may reserve stock
# Scope of a rule: its field, the tree that it names a node of, the engine's name for all that is below it. The fields have
# names of their own: an empty `customer_group` or `item_group` is filled by Frappe with what ERPNext's settings keep so.
TREES = (
	("for_customer_group", "Customer Group", "customer_groups"),
	("for_item_group", "Item Group", "item_groups"),
	("for_warehouse", "Warehouse", "warehouses"),
)
OWN = ("release_role", "notify_role", "hold_submitted", "auto_reserve", "notify_owner")  # not the engine's
READ = (
	*("name", "rule_name", "detector", "severity", "action", "expression", "server_script", "text", "for_order_type"),
	*(field for field, _tree, _name in TREES),
	*OWN,
)


@dataclass(frozen=True, slots=True)
class SiteRule:
	"""A rule with what the site does about its findings."""

	rule: Rule
	release_role: str | None = None
	hold_submitted: bool = False
	auto_reserve: bool = False
	notify_role: str | None = None
	notify_owner: bool = False

	@property
	def record(self) -> str:
		"""The name of the document: of this version."""
		return self.rule.name


# -- records to the engine ---------------------------------------------------------------------------------------------


def engine_rule(doc: Document) -> Rule:
	"""The engine's rule for a rule document as it stands in memory, where the desk leaves numbers as texts."""
	return site_rules([doc], {doc.name: {row.parameter: flt(row.value) for row in doc.parameters}})[0].rule


def rules_of(company: str, status: str = ACTIVE) -> list[SiteRule]:
	"""The rules of this status that apply to a company, its own and those for all, by name."""
	rows = frappe.get_all(
		RULE,
		filters={"status": status, "for_company": ("in", [company, ""])},
		fields=list(READ),
		order_by="rule_name asc, version asc",
	)
	return site_rules(rows, _parameters([row.name for row in rows]))


def _parameters(names: Sequence[str]) -> dict[str, dict[str, float]]:
	"""The numbers of these versions, by version and parameter."""
	found: dict[str, dict[str, float]] = {name: {} for name in names}
	rows = frappe.get_all(
		PARAMETER,
		filters={"parenttype": RULE, "parent": ("in", names)},
		fields=["parent", "parameter", "value"],
		order_by="parent asc, idx asc",
	)
	for row in rows:
		found[row.parent][row.parameter] = row.value
	return found


def site_rules(rows: Sequence[Any], params: Mapping[str | None, Mapping[str, float]]) -> list[SiteRule]:
	"""Rules for rows (or documents) of the DocType and their numbers, their groups resolved as the trees are now."""
	trees = {field: _below(tree, {row.get(field) for row in rows}) for field, tree, _name in TREES}
	return [_site_rule(row, params.get(row.name) or {}, trees) for row in rows]


def _site_rule(row: Any, params: Mapping[str, float], trees: Mapping[str, Mapping[str, frozenset[str]]]) -> SiteRule:
	groups = {name: trees[field][row.get(field)] for field, _tree, name in TREES if row.get(field)}
	scope = Scope(order_type=row.get("for_order_type") or None, **groups)
	rule = Rule(
		name=row.name or row.rule_name or "",
		rule=row.rule_name or "",
		detector=row.detector or "",
		params=dict(params),
		severity=row.severity or "",
		action=row.action or "",
		scope=EVERYWHERE if scope == EVERYWHERE else scope,
		expression=row.get("expression") or "" if row.detector == EXPRESSION else "",
		script=row.get("server_script") or "" if row.detector == SCRIPT else "",
		text=row.get("text") or "",
	)
	return SiteRule(
		rule,
		release_role=row.get("release_role") or None,
		hold_submitted=row.action == HOLD and bool(cint(row.get("hold_submitted"))),
		auto_reserve=row.detector == RESERVES and bool(cint(row.get("auto_reserve"))),
		notify_role=row.get("notify_role") or None,
		notify_owner=bool(cint(row.get("notify_owner"))),
	)


def rule_values(rule: Rule) -> dict[str, Any]:
	"""The field values of a rule document for an engine rule: how the rules of a new site become records."""
	return {
		"rule_name": rule.rule,
		"detector": rule.detector,
		"parameters": [{"parameter": name, "value": value} for name, value in rule.params.items()],
		"severity": rule.severity,
		"action": rule.action,
		"expression": rule.expression,
		"server_script": rule.script or None,
		"text": rule.text,
		"notify_owner": int(rule.action != NOTE),
	}


def _below(tree: str, names: Iterable[str | None]) -> dict[str, frozenset[str]]:
	"""Each of these nodes with all that is below it; nothing for a node that is gone: such a rule applies nowhere."""
	wanted = {name for name in names if name}
	if not wanted:
		return {}
	nodes = frappe.get_all(tree, fields=["name", "lft", "rgt"], order_by="lft asc")
	places = {node.name: (node.lft, node.rgt) for node in nodes if node.name in wanted}
	found = {name: frozenset() for name in wanted}
	for name, (left, right) in places.items():
		found[name] = frozenset(node.name for node in nodes if left <= node.lft and node.rgt <= right)
	return found


# -- to a text and back ------------------------------------------------------------------------------------------------


def to_json(rules: Iterable[SiteRule]) -> list[dict[str, Any]]:
	"""Plain values that `json.dumps` takes, the same for the same rules."""
	return [_plain(rule) for rule in rules]


def _plain(site_rule: SiteRule) -> dict[str, Any]:
	values = asdict(site_rule)
	scope = values["rule"]["scope"]
	values["rule"]["scope"] = {
		name: sorted(value) if isinstance(value, frozenset) else value for name, value in scope.items()
	}
	return values


def from_json(values: Iterable[Mapping[str, Any]]) -> list[SiteRule]:
	"""The rules that `to_json` made these values of."""
	return [_from_plain(dict(value)) for value in values]


def _from_plain(values: dict[str, Any]) -> SiteRule:
	rule = dict(values.pop("rule"))
	scope = {name: frozenset(value) if isinstance(value, list) else value for name, value in rule.pop("scope").items()}
	made = Rule(**rule, scope=Scope(**scope))
	return SiteRule(replace(made, scope=EVERYWHERE) if made.scope == EVERYWHERE else made, **values)
