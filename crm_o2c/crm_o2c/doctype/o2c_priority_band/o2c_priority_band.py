from frappe.model.document import Document


class O2CPriorityBand(Document):
	pass
