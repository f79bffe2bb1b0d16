from frappe.model.document import Document


class O2CRunLog(Document):
	pass
