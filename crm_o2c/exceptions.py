"""The app's own errors, so that a caller and a test can tell them apart."""

import frappe


class BoostError(frappe.ValidationError):
	"""A boost that the settings don't allow."""
