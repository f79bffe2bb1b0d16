"""Customer: his tier and standing count in the score of every open order of his."""

from frappe.model.document import Document

from crm_o2c.engine.policy import CUSTOMER_PREFIX
from crm_o2c.services import delivery_policy, dirty
from crm_o2c.services.context import get_context
from crm_o2c.services.guard import never_stops_saving
from crm_o2c.services.order_book import companies

OWN_FIELDS = ("o2c_tier", "is_frozen", "disabled")
CREDIT_FIELDS = ("credit_limits", "o2c_no_credit", "payment_terms", "customer_group")


def validate(doc: Document, method: str | None = None) -> None:
	delivery_policy.check_terms(doc)


@never_stops_saving
def on_update(doc: Document, method: str | None = None) -> None:
	if not doc.get_doc_before_save():
		return  # a new customer has no orders
	if any(doc.has_value_changed(field) for field in (*OWN_FIELDS, *_policy_fields())):
		dirty.mark_customer(doc.name)
	if any(doc.has_value_changed(field) for field in CREDIT_FIELDS):
		dirty.mark_credit(doc.name)


def _policy_fields() -> set[str]:
	"""Fields of the customer that an active policy reads."""
	contexts = (get_context(company) for company in companies())
	named = {name for ready in contexts if ready for name in ready.policy.extra_fields()}
	return {name.removeprefix(CUSTOMER_PREFIX) for name in named if name.startswith(CUSTOMER_PREFIX)}
