"""The columns that a check reads besides those of `columns`: what surrounds an order and its lines."""

from collections.abc import Mapping, Sequence

from crm_o2c.cli.columns import LINE_MARK, Column, lookup, normal, order_columns
from crm_o2c.engine.expression import NUMBER, TEXT

ORDER_HEADINGS: Mapping[str, tuple[str, ...]] = {
	"po_no": (
		"Customer's Purchase Order",
		"Customer Order No",
		"PO No",
		"po_no",
		"客户采购订单",
		"客户采购订单号",
		"客户订单号",
	),
	"credit_limit": ("Credit Limit", "信用额度", "信贷限额"),
	"outstanding": ("Outstanding", "Outstanding Amount", "未付金额", "未清金额", "欠款"),
	"overdue_amount": ("Overdue Amount", "逾期金额"),
	"overdue_days": ("Overdue Days", "逾期天数"),
	"price_list": ("Price List", "selling_price_list", "价格表", "价格清单", "价目表"),
	"customer_group": ("Customer Group", "客户组", "客户群组"),
	"order_type": ("Order Type", "订单类型"),
	"ship_to": ("Shipping Address Name", "Ship To", "收货地址名称", "送货地址名称", "收货地址"),
	"currency": ("Currency", "货币", "币种"),
	"base_grand_total": ("Grand Total (Company Currency)", "总计（公司货币）"),
	"grand_total": ("Grand Total", "总计"),
	"rate_on_file": ("Exchange Rate on File", "系统汇率"),
	"terms_days": ("Days to Pay", "付款天数"),
	"agreed_days": ("Days to Pay Agreed", "约定付款天数"),
}
LINE_HEADINGS: Mapping[str, tuple[str, ...]] = {
	"uom": ("UOM", "Unit", "Unit of Measure", "计量单位", "单位"),
	"factor": ("UOM Conversion Factor", "Conversion Factor", "计量单位转换系数", "换算系数"),
	"rate": ("Rate", "Price", "单价"),
	"net_rate": ("Net Rate", "净单价"),
	"base_rate": ("Net Rate (Company Currency)", "base_net_rate", "净单价（公司货币）"),
	"list_rate": ("Price List Rate", "List Rate", "List Price", "价格表单价", "价目表单价", "价格清单单价"),
	"base_list_rate": (
		"Price List Rate (Company Currency)",
		"base_price_list_rate",
		"价格表单价（公司货币）",
		"价目表单价（公司货币）",
	),
	"contract_rate": ("Blanket Order Rate", "Agreed Price", "框架订单单价", "约定价"),
	"cost": ("Valuation Rate", "Cost", "估价", "成本价", "成本"),
	"item_group": ("Item Group", "物料组", "物料群组"),
	"warehouse": ("Delivery Warehouse", "Warehouse", "交货仓库", "仓库"),
	"on_stock": ("Qty (Warehouse)", "actual_qty", "Stock on Hand", "On Hand", "数量（仓库）", "库存数量", "现有库存"),
	"lead_days": ("Lead Time in days", "Lead Days", "lead_time_days", "交货天数", "提前期天数"),
	"min_qty": ("Minimum Quantity", "最小订购量"),
	"max_discount": ("Max Discount (%)", "最大折扣（%）"),
}
TEXT_FIELDS = {
	"po_no", "price_list", "customer_group", "order_type", "ship_to", "currency", "uom", "item_group", "warehouse",
}  # fmt: skip
FIELDS: dict[str, str] = {
	field: TEXT if field in TEXT_FIELDS else NUMBER for field in (*ORDER_HEADINGS, *LINE_HEADINGS)
}
_ORDER, _LINE = lookup(ORDER_HEADINGS), lookup(LINE_HEADINGS)


def check_columns(headings: Sequence[object]) -> list[Column]:
	"""The columns of a file to check: ours before those of a ranking."""
	return [_column(known) for known in order_columns(headings, {})]


def _column(known: Column) -> Column:
	text = normal(known.heading)
	marked = LINE_MARK.search(text)
	if marked:
		return known._replace(field=_LINE.get(text[: marked.start()], known.field))
	if text in _ORDER:
		return known._replace(field=_ORDER[text], of_line=False)
	return known._replace(field=_LINE[text], of_line=True) if text in _LINE else known
