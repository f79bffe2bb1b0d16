from frappe.model.document import Document


class O2CPriorityFactor(Document):
	pass
