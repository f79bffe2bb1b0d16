from frappe.model.document import Document


class O2CCreditLine(Document):
	"""What orders drew lately on a customer's credit; locked while one is submitted. Written by `services.credit` alone."""
