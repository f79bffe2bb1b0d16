"""Every detector, in the order in which admins and readers meet them."""

from crm_o2c.engine.anomaly.detectors import credit, custom, duplicate, order, price, quantity, stock
from crm_o2c.engine.anomaly.rules import Detector

ORDER = (
	"credit.limit",
	"credit.overdue",
	"credit.promise",
	"stock.short",
	"stock.late",
	"price.low",
	"price.high",
	"price.slip",
	"price.swap",
	"disc.stacked",
	"margin.negative",
	"qty.outlier",
	"uom.slip",
	"moq.broken",
	"dup.order",
	"cust.new_large",
	"addr.new",
	"terms.changed",
	"date.impossible",
	"fx.moved",
	"item.discontinued",
	"expression",
	"script",
)
_KNOWN = {d.code: d for module in (credit, stock, price, quantity, duplicate, order, custom) for d in module.DETECTORS}
DETECTORS: dict[str, Detector] = {code: _KNOWN[code] for code in ORDER}
