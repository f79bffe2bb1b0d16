from frappe.model.document import Document


class O2CPriorityGate(Document):
	pass
