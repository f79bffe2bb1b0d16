from frappe.model.document import Document


class O2CRunChunk(Document):
	pass
