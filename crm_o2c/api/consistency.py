"""Findings of the nightly check: accepted with a reason, opened again, looked for anew."""

import frappe

from crm_o2c import permissions
from crm_o2c.services import consistency, finding_rows


@frappe.whitelist(methods=["POST"])
def accept_findings(findings: str | list[str], reason: str) -> None:
	"""Close findings that are as they should be. It takes the permission to read each of them."""
	consistency.accept(_readable(findings), reason)


@frappe.whitelist(methods=["POST"])
def reopen_findings(findings: str | list[str]) -> None:
	"""Open findings again. It takes the permission to read each of them."""
	consistency.reopen(_readable(findings))


@frappe.whitelist(methods=["POST"])
def check_now() -> None:
	"""Look for findings in the background, as every night."""
	permissions.check_finder()
	consistency.start()


def _readable(findings: str | list[str]) -> list[str]:
	names = frappe.parse_json(findings) if isinstance(findings, str) and findings.startswith("[") else findings
	names = [str(name) for name in names] if isinstance(names, list) else [names]
	for name in names:
		frappe.has_permission(finding_rows.DOCTYPE, "read", doc=name, throw=True)
	return names
