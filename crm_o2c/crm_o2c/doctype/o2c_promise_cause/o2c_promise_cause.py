from frappe.model.document import Document


class O2CPromiseCause(Document):
	"""Why a promised date was changed, and on whose side the cause lies."""
