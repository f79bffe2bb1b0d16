from frappe.model.document import Document


class O2CShipToPlan(Document):
	"""A part of an order's line that goes to one address on one date. Checked by `crm_o2c.services.ship_to`."""
