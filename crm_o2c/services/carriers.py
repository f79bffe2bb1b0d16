"""Carriers as the admin describes them: addresses, what their words mean, and the code that asks each."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

import frappe

from crm_o2c.engine.tracking import fold

DOCTYPE = "O2C Carrier"
BY_HAND, WEBHOOK, POLLING = "By Hand", "Webhook", "Polling"
JSON_OVER_HTTP = "JSON over HTTP"
ADAPTERS_HOOK = "o2c_tracking_adapters"
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


def words(names: Iterable[str]) -> dict[str, dict[str, str]]:
	"""For each of these carriers its words, folded, with the statuses that they mean."""
	found: dict[str, dict[str, str]] = {name: {} for name in names if name}
	if found:
		rows = frappe.get_all(
			"O2C Carrier Status",
			{"parent": ("in", list(found)), "parenttype": DOCTYPE},
			["parent", "raw_status", "status"],
			order_by="parent asc, idx asc",
		)
		for row in rows:
			found[row.parent][fold(row.raw_status)] = row.status
	return found


def adapters() -> dict[str, str]:
	"""The dotted paths of what makes a provider, by the adapter's name; other apps add theirs by a hook."""
	named = frappe.get_hooks(ADAPTERS_HOOK) or {}
	return {name: paths[-1] if isinstance(paths, list) else paths for name, paths in named.items()}


def all_names() -> list[str]:
	"""The carriers that there are, disabled ones too: what they carried is still on its way."""
	return frappe.get_all(DOCTYPE, pluck="name", order_by="name asc")


def enabled(how: str) -> list[str]:
	"""The carriers whose scans come this way."""
	return frappe.get_all(DOCTYPE, {"enabled": 1, "how": how}, pluck="name", order_by="name asc")


def page_of(carrier: str | None, number: str | None) -> str:
	"""The carrier's page of a parcel; "" where there is none."""
	if not carrier or not number:
		return ""
	return tracking_url(frappe.get_cached_value(DOCTYPE, carrier, "tracking_url") or "", number)


def tracking_url(template: str, number: str) -> str:
	"""An address with the number in its place, escaped; "" where it is none that a browser may be sent to."""
	return template.replace("{number}", quote(number, safe="")) if is_web_address(template) else ""


def is_web_address(address: str) -> bool:
	"""Whether it is an address that a browser may be sent to."""
	parts = _split(address)
	return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)


def may_be_asked(address: str) -> bool:
	"""Whether a carrier's interface may be asked there: by https, or on this machine."""
	parts = _split(address)
	if parts is None or not parts.hostname or parts.username or parts.password:
		return False
	return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL_HOSTS)


def _split(address: str) -> SplitResult | None:
	try:
		return urlsplit(address)
	except ValueError:
		return None


def secret(carrier: str, field: str) -> str:
	"""A secret of a carrier; "" where there is none."""
	from frappe.utils.password import get_decrypted_password

	found: Any = get_decrypted_password(DOCTYPE, carrier, field, raise_exception=False)
	return found or ""
