"""Scans that a carrier sends: signed with its secret, or refused without a word of why.

The signature is HMAC-SHA256, in hexadecimal, of the timestamp, a full stop and the body as it was sent. Who can't sign
learns nothing: neither whether the carrier exists, nor whether a number does. What was signed and can't be read is in the
Error Log.
"""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import frappe
from frappe.utils import now_datetime

from crm_o2c.engine.tracking import BadScan, read_scan
from crm_o2c.services import carriers, tracking
from crm_o2c.services.guard import TITLE
from crm_o2c.services.tracking import WEBHOOK, Report

MOST_BYTES = 1_000_000
MOST_SCANS = 500
OLDEST_SECONDS = 300
NOBODY = "no carrier has this secret"


def receive(carrier: str, timestamp: str, signature: str, body: bytes, seconds: float) -> dict[str, int] | None:
	"""Keep the scans of a signed message; None where it is to be refused. `seconds` is the time now, since 1970."""
	if len(body) > MOST_BYTES:
		return None
	secret = _secret(carrier)
	signed = is_signed(secret or NOBODY, timestamp, signature, body)
	if not (secret and signed and is_fresh(timestamp, seconds)):
		return None
	scans = _scans(body)
	if scans is None:
		_log(carrier, "a signed message could not be read", body)
		return None
	return _keep(carrier, scans)


def sign(secret: str, timestamp: str, body: bytes) -> str:
	"""The signature of a message."""
	return hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


def is_signed(secret: str, timestamp: str, signature: str, body: bytes) -> bool:
	"""Whether the message is signed with this secret, found in the same time whatever is wrong."""
	given = signature.strip().lower().removeprefix("sha256=")
	return hmac.compare_digest(sign(secret, timestamp, body).encode(), given.encode("utf-8", "replace"))


def is_fresh(timestamp: str, seconds: float) -> bool:
	"""Whether the message was signed within the last minutes, so that an old one can't be sent again."""
	return timestamp.isascii() and timestamp.isdigit() and abs(seconds - int(timestamp[:15])) <= OLDEST_SECONDS


def _secret(carrier: str) -> str:
	filters = {"name": carrier, "enabled": 1, "how": carriers.WEBHOOK}
	name = frappe.db.get_value(carriers.DOCTYPE, filters, "name")
	return carriers.secret(name, "webhook_secret") if name == carrier else ""


def _scans(body: bytes) -> list[Any] | None:
	"""What the message says, {"scans": […]} or a list; None where it can't be read."""
	try:
		said = json.loads(body)
	except (ValueError, RecursionError):
		return None
	scans = said.get("scans") if isinstance(said, Mapping) else said
	return scans if isinstance(scans, list) and len(scans) <= MOST_SCANS else None


def _keep(carrier: str, scans: list[Any]) -> dict[str, int]:
	"""Keep what can be read; the rest is in the Error Log as it came, so that one bad scan does not cost the others."""
	reports, unreadable, zone, now = [], [], tracking.zone(), now_datetime()
	for values in scans:
		try:
			reports.append(_report(carrier, values, zone, now))
		except BadScan as problem:
			unreadable.append({"problem": str(problem), "scan": values})
	if unreadable:
		_log(carrier, "scans of a message could not be read", _as_sent(unreadable))
	tracking.record(reports)
	return {"received": len(scans), "unreadable": len(unreadable)}


def _report(carrier: str, values: Any, zone: Any, now: datetime) -> Report:
	if not isinstance(values, Mapping):
		raise BadScan("scan", "no_text", str(values))
	scan = read_scan(values, zone, now)
	if not scan.number:
		raise BadScan("number", "missing")
	return Report(scan, WEBHOOK, carrier, raw=_as_sent(values).decode())


def _as_sent(values: Any) -> bytes:
	"""What was sent, to be kept. Halves of characters are no text for a database."""
	return json.dumps(values, ensure_ascii=False).encode("utf-8", "replace")


def _log(carrier: str, what: str, body: bytes) -> None:
	text = body[:10_000].decode("utf-8", "replace")
	frappe.log_error(title=TITLE + what, message=text, reference_doctype=carriers.DOCTYPE, reference_name=carrier)
