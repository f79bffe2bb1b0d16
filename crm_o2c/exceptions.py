"""The app's own errors, so that a caller and a test can tell them apart."""

import frappe


class BoostError(frappe.ValidationError):
	"""A boost that the settings don't allow."""


class OrderBlocked(frappe.ValidationError):
	"""An order that a rule refuses."""


class OrderHeld(frappe.ValidationError):
	"""A document that would take a held order further."""


class ReleaseError(frappe.ValidationError):
	"""A release of a hold that is not possible."""


class RemedyError(frappe.ValidationError):
	"""A remedy that can't be applied to the order as it is."""
