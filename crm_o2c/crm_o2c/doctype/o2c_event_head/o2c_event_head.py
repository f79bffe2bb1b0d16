from frappe.model.document import Document


class O2CEventHead(Document):
	"""The end of a document's history: how many events, and the states that they add up to. Written with the events."""
