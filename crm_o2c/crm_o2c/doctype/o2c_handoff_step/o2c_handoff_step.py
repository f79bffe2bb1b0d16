from frappe.model.document import Document


class O2CHandoffStep(Document):
	"""A step that a rule puts on the checklist."""
