from frappe.model.document import Document


class O2CPaymentPromise(Document):
	"""What a customer said he would pay, and by when. Whether he did is found from the payments."""
