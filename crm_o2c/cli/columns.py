"""Which column is which: the headings of ERPNext's exports, in English and Chinese, and its field names."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

# For each field: the headings that ERPNext gives it, its field name, and what people call it.
ORDER_HEADINGS: Mapping[str, tuple[str, ...]] = {
	"order": (
		"ID",
		"Sales Order",
		"Order",
		"Order No",
		"Name",
		"Series",
		"销售订单",
		"订单",
		"订单号",
		"编号",
		"名称",
		"单号",
	),
	"customer": ("Customer", "客户"),
	"customer_name": ("Customer Name", "客户名称"),
	"company": ("Company", "公司"),
	"order_date": ("Date", "Order Date", "Sales Order Date", "transaction_date", "日期", "订单日期", "销售订单日期"),
	"promise_date": ("Delivery Date", "Promise Date", "delivery_date", "交货日期", "承诺日期"),
	"tier": ("Customer Tier", "Tier", "o2c_tier", "客户等级", "客户级别"),
	"status": ("Status", "状态"),
	"docstatus": ("Document Status", "docstatus", "文档状态"),
	"base_total": (
		"Net Total (Company Currency)",
		"base_net_total",
		"总净金额（公司货币）",
		"Total (Company Currency)",
		"总金额（公司货币）",
		"Order Value",
		"Value",
		"订单价值",
		"订单金额",
	),
	"total": ("Net Total", "总净", "Total", "总", "总金额", "Grand Total", "总计"),
	"exchange_rate": ("Exchange Rate", "conversion_rate", "汇率"),
	"delivered_percent": ("% Delivered", "per_delivered", "已交付%", "%已交付"),
	"units": ("Total Quantity", "total_qty", "总数量"),
	"lines": ("Lines", "行数"),
	"on_hold": ("On Hold", "暂缓处理"),
	"margin_percent": ("Gross Margin %", "Margin %", "毛利率", "毛利率%"),
	"boost": ("Boost", "加分", "人工加分"),
}
LINE_HEADINGS: Mapping[str, tuple[str, ...]] = {
	"item": ("Item Code", "Item", "物料代码", "物料"),
	"quantity": ("Quantity", "Qty", "数量"),
	"delivered": ("Delivered Qty", "已交付数量"),
	"base_amount": (
		"Net Amount (Company Currency)",
		"base_net_amount",
		"净金额（公司货币）",
		"Amount (Company Currency)",
		"金额（公司货币）",
	),
	"amount": ("Net Amount", "净额", "Amount", "金额"),
	"rate": ("Net Rate", "Rate", "单价"),
	"stock_quantity": ("Qty as per Stock UOM", "stock_qty", "按库存计量单位数量"),
	"on_stock": ("Qty (Warehouse)", "actual_qty", "数量（仓库）", "库存数量"),
	"line_promise": ("Delivery Date", "delivery_date", "交货日期"),
}
CUSTOMER_HEADINGS: Mapping[str, tuple[str, ...]] = {
	"customer": ("ID", "Customer", "Name", "客户", "编号", "名称"),
	"tier": ORDER_HEADINGS["tier"],
	"frozen": ("Is Frozen", "Frozen", "被冻结", "已冻结"),
	"disabled": ("Disabled", "禁用", "已禁用"),
	"overdue_amount": ("Overdue Amount", "逾期金额"),
	"overdue_days": ("Overdue Days", "逾期天数"),
}
# How ERPNext marks a column of the child table: “Item Code (Items)”.
LINE_MARK = re.compile(r"\((items|sales order item|物料|销售订单物料|项目|明细)\)$")


class Column(NamedTuple):
	"""A column of the file: its place, its heading, what it holds ("" for what we don't read), and whether of a line."""

	place: int
	heading: str
	field: str
	of_line: bool


def normal(heading: object) -> str:
	"""Headings that mean the same become equal: width, case, spaces and underscores don't count."""
	text = unicodedata.normalize("NFKC", str(heading or "")).casefold().replace("_", " ").strip(" *")
	return re.sub(r"\s*([(%])\s*", r"\1", re.sub(r"\s+", " ", text))


def order_columns(headings: Sequence[object], extra: Mapping[str, str]) -> list[Column]:
	"""The columns of an order file. `extra` are the fields that the policy names besides."""
	return [_order_column(place, str(heading or ""), extra) for place, heading in enumerate(headings)]


def customer_columns(headings: Sequence[object], extra: Mapping[str, str]) -> list[Column]:
	own = {normal(field.removeprefix("customer__")): field for field in extra if field.startswith("customer__")}
	fields = {**own, **_CUSTOMER}
	return [Column(n, str(h or ""), fields.get(normal(h), ""), False) for n, h in enumerate(headings)]


def _order_column(place: int, heading: str, extra: Mapping[str, str]) -> Column:
	text = normal(heading)
	marked = LINE_MARK.search(text)
	if marked:
		return Column(place, heading, _LINE.get(text[: marked.start()], ""), True)
	named = {normal(field): field for field in extra}
	if text in named:
		return Column(place, heading, named[text], False)
	if text in _ORDER:
		return Column(place, heading, _ORDER[text], False)
	return Column(place, heading, _LINE.get(text, ""), text in _LINE)


def lookup(headings: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
	"""Field by heading, as `normal` makes it; a field's own name is a heading too."""
	return {normal(name): field for field, names in headings.items() for name in (*names, field)}


_ORDER, _LINE, _CUSTOMER = lookup(ORDER_HEADINGS), lookup(LINE_HEADINGS), lookup(CUSTOMER_HEADINGS)
