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


class StageError(frappe.ValidationError):
	"""A stage that an order can't be put in."""


class WorkflowRefused(frappe.ValidationError):
	"""A submit, cancellation or state of an order that its active workflow does not allow this user."""


class HandoffError(frappe.ValidationError):
	"""A step of a hand-off that is not possible as it stands."""


class DeliveryRefused(frappe.ValidationError):
	"""A delivery that the delivery policy of its order does not allow."""


class DeliveryOvertaken(DeliveryRefused):
	"""A delivery that does not see another one of the same moment; submitted once more it does."""


class ShipToError(frappe.ValidationError):
	"""A Ship-To Plan that does not hold, or a delivery that does not follow it."""


class MixedAddresses(ShipToError):
	"""One Delivery Note for orders that go to different addresses."""


class ShortCloseError(frappe.ValidationError):
	"""A line that can't be short-closed as things stand."""


class TrackingError(frappe.ValidationError):
	"""A scan that can't be kept as it is given."""


class CarrierError(Exception):
	"""A carrier's interface that does not answer, or answers what can't be read."""


class PromiseError(frappe.ValidationError):
	"""A delivery date that can't be promised for a line as it is."""


class FindingError(frappe.ValidationError):
	"""A decision about a finding that is not possible."""


class PickError(frappe.ValidationError):
	"""A Pick List that can't be made for the orders chosen."""
