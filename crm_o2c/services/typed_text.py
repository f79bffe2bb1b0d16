"""What people and carriers write, where it is stored by SQL: forms show texts as HTML, and rely on Frappe having cleaned them."""

from frappe.utils.html_utils import is_json, sanitize_html


def cleaned(text: str) -> str:
	"""The text as a saved document has it: what a script could hide in is taken out, all else stays."""
	return sanitize_html(text, always_sanitize=is_json(text)) if "<" in text else text
