from frappe.model.document import Document


class O2CCarrierStatus(Document):
	"""A word that a carrier uses for a status, and what it means."""
