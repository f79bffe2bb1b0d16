from frappe.model.document import Document


class O2CPriorityBoost(Document):
	pass
