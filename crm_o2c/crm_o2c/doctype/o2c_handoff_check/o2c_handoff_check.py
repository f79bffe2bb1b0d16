from frappe.model.document import Document


class O2CHandoffCheck(Document):
	"""A step of a hand-off, and who did it."""
