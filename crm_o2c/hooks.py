app_name = "crm_o2c"
app_title = "CRM O2C"
app_publisher = "CRM O2C contributors"
app_description = "Order-to-cash on ERPNext: ranked orders that explain themselves"
app_email = "maintainers@crm-o2c.example"
app_license = "gpl-3.0"
required_apps = ["frappe/erpnext"]

export_python_type_annotations = True
require_type_annotated_api_methods = True

add_to_apps_screen = [
	{
		"name": "crm_o2c",
		"logo": "/assets/crm_o2c/images/logo.svg",
		"title": "Order to Cash",
		"route": "/app/order-to-cash",
		"has_permission": "crm_o2c.permissions.has_app_permission",
	}
]

# -- install -----------------------------------------------------------------------------------------------------------
before_install = "crm_o2c.install.before_install"
after_install = "crm_o2c.install.after_install"
after_migrate = "crm_o2c.install.after_migrate"
before_uninstall = "crm_o2c.uninstall.before_uninstall"

# -- desk --------------------------------------------------------------------------------------------------------------
app_include_js = "crm_o2c.bundle.js"
app_include_css = "crm_o2c.bundle.css"
doctype_js = {
	"Delivery Note": "public/js/overrides/delivery_note.js",
	"Quotation": "public/js/overrides/quotation.js",
	"Sales Invoice": "public/js/overrides/sales_invoice.js",
	"Sales Order": "public/js/overrides/sales_order.js",
	"Shipment": "public/js/overrides/shipment.js",
}
doctype_list_js = {"Sales Order": "public/js/overrides/sales_order_list.js"}

# -- documents ---------------------------------------------------------------------------------------------------------
doc_events = {
	"Sales Order": {
		"before_insert": "crm_o2c.overrides.sales_order.before_insert",
		"validate": "crm_o2c.overrides.sales_order.validate",
		"before_submit": "crm_o2c.overrides.sales_order.before_submit",
		"on_update": "crm_o2c.overrides.sales_order.on_update",
		"on_submit": "crm_o2c.overrides.sales_order.on_submit",
		"before_update_after_submit": "crm_o2c.overrides.sales_order.before_update_after_submit",
		"before_cancel": "crm_o2c.overrides.sales_order.before_cancel",
		"on_update_after_submit": "crm_o2c.overrides.sales_order.on_update_after_submit",
		"on_change": "crm_o2c.overrides.sales_order.on_change",
		"on_cancel": "crm_o2c.overrides.sales_order.on_cancel",
		"on_trash": "crm_o2c.overrides.sales_order.on_trash",
		"after_rename": "crm_o2c.overrides.ledger_documents.renamed",
	},
	"Customer": {
		"validate": "crm_o2c.overrides.customer.validate",
		"on_update": "crm_o2c.overrides.customer.on_update",
	},
	"Item": {"on_update": "crm_o2c.overrides.item.on_update"},
	"Item Price": {
		"on_update": "crm_o2c.overrides.ledgers.item_price",
		"on_trash": "crm_o2c.overrides.ledgers.item_price",
	},
	"Delivery Note": {
		"before_validate": "crm_o2c.overrides.deliveries.before_validate",
		"validate": [
			"crm_o2c.overrides.held_documents.delivery_note",
			"crm_o2c.overrides.deliveries.validate_note",
			"crm_o2c.overrides.tracked_documents.delivery_note_validate",
		],
		"before_submit": "crm_o2c.overrides.deliveries.before_submit",
		"before_update_after_submit": "crm_o2c.overrides.tracked_documents.delivery_note_validate",
		"on_update_after_submit": "crm_o2c.overrides.tracked_documents.delivery_note_saved",
		"on_update": [
			"crm_o2c.overrides.deliveries.count",
			"crm_o2c.overrides.tracked_documents.delivery_note_saved",
		],
		"on_cancel": "crm_o2c.overrides.deliveries.count",
		"after_delete": "crm_o2c.overrides.deliveries.count",
		"on_change": "crm_o2c.overrides.ledger_documents.changed",
		"on_trash": "crm_o2c.overrides.ledger_documents.changed",
		"after_rename": "crm_o2c.overrides.ledger_documents.renamed",
	},
	"Sales Invoice": {
		"before_validate": "crm_o2c.overrides.deliveries.before_validate",
		"validate": "crm_o2c.overrides.held_documents.sales_invoice",
		"before_submit": "crm_o2c.overrides.deliveries.before_submit",
		"on_change": "crm_o2c.overrides.ledger_documents.changed",
		"on_trash": "crm_o2c.overrides.ledger_documents.changed",
		"after_rename": "crm_o2c.overrides.ledger_documents.renamed",
	},
	"Pick List": {
		"validate": "crm_o2c.overrides.held_documents.pick_list",
		"on_change": "crm_o2c.overrides.ledger_documents.changed",
		"on_trash": "crm_o2c.overrides.ledger_documents.changed",
		"after_rename": "crm_o2c.overrides.ledger_documents.renamed",
	},
	"Work Order": {
		"validate": "crm_o2c.overrides.held_documents.work_order",
		"on_change": "crm_o2c.overrides.ledger_documents.changed",
		"on_trash": "crm_o2c.overrides.ledger_documents.changed",
		"after_rename": "crm_o2c.overrides.ledger_documents.renamed",
		"on_submit": "crm_o2c.overrides.ledgers.supply",
		"on_cancel": "crm_o2c.overrides.ledgers.supply",
	},
	"Quotation": {
		"on_change": "crm_o2c.overrides.ledger_documents.changed",
		"on_trash": "crm_o2c.overrides.ledger_documents.changed",
		"after_rename": "crm_o2c.overrides.ledger_documents.renamed",
	},
	"Shipment": {
		"on_submit": "crm_o2c.overrides.tracked_documents.shipment_submitted",
		"on_update_after_submit": "crm_o2c.overrides.tracked_documents.shipment_changed",
		"on_cancel": "crm_o2c.overrides.tracked_documents.shipment_cancelled",
		"on_change": "crm_o2c.overrides.ledger_documents.changed",
		"on_trash": "crm_o2c.overrides.ledger_documents.changed",
		"after_rename": "crm_o2c.overrides.ledger_documents.renamed",
	},
	"Packing Slip": {
		"on_submit": "crm_o2c.overrides.ledger_documents.changed",
		"on_cancel": "crm_o2c.overrides.ledger_documents.changed",
	},
	"Payment Entry": {
		"on_change": "crm_o2c.overrides.ledger_documents.payment_entry",
		"on_trash": "crm_o2c.overrides.ledger_documents.payment_entry",
		"after_rename": "crm_o2c.overrides.ledger_documents.renamed",
	},
	"Payment Ledger Entry": {"on_submit": "crm_o2c.overrides.ledgers.payment_ledger_entry"},
	"Stock Ledger Entry": {"on_submit": "crm_o2c.overrides.ledgers.stock_ledger_entry"},
	"Purchase Order": {
		"before_insert": "crm_o2c.overrides.deliveries.free_purchase",
		"validate": "crm_o2c.overrides.held_documents.purchase_order",
		"on_submit": "crm_o2c.overrides.ledgers.supply",
		"on_update_after_submit": "crm_o2c.overrides.ledgers.supply",
		"on_cancel": "crm_o2c.overrides.ledgers.supply",
	},
	"Material Request": {
		"on_submit": "crm_o2c.overrides.ledgers.supply",
		"on_cancel": "crm_o2c.overrides.ledgers.supply",
	},
	"Workflow": {"on_update": "crm_o2c.overrides.workflow.on_update"},
	"Holiday List": {"on_update": "crm_o2c.overrides.holiday_list.on_update"},
	"Company": {
		"on_update": "crm_o2c.overrides.company.on_update",
		"on_trash": "crm_o2c.overrides.company.on_trash",
	},
}
override_doctype_class = {"Sales Order": "crm_o2c.overrides.sales_order_class.O2CSalesOrder"}
ignore_links_on_delete = [
	"O2C Anomaly Rule",
	"O2C Credit Line",
	"O2C Handoff",
	"O2C Handoff Rule",
	"O2C Event",
	"O2C Event Head",
	"O2C Finding",
	"O2C Order Alert",
	"O2C Order Hold",
	"O2C Order Score",
	"O2C Priority Boost",
	"O2C Priority Policy",
	"O2C Priority Reference",
	"O2C Promise",
	"O2C Run Log",
	"O2C Tracking Event",
]

has_permission = {
	"O2C Handoff": "crm_o2c.permissions.has_order_permission",
	"O2C Finding": "crm_o2c.permissions.has_finding_permission",
	"O2C Order Alert": "crm_o2c.permissions.has_order_permission",
	"O2C Order Hold": "crm_o2c.permissions.has_order_permission",
	"O2C Order Score": "crm_o2c.permissions.has_order_permission",
	"O2C Priority Boost": "crm_o2c.permissions.has_order_permission",
	"O2C Promise": "crm_o2c.permissions.has_order_permission",
	"O2C Tracking Event": "crm_o2c.permissions.has_scan_permission",
}
permission_query_conditions = {
	"O2C Handoff": "crm_o2c.permissions.handoff_conditions",
	"O2C Finding": "crm_o2c.permissions.finding_conditions",
	"O2C Order Alert": "crm_o2c.permissions.alert_conditions",
	"O2C Order Hold": "crm_o2c.permissions.hold_conditions",
	"O2C Order Score": "crm_o2c.permissions.order_score_conditions",
	"O2C Priority Boost": "crm_o2c.permissions.boost_conditions",
	"O2C Promise": "crm_o2c.permissions.promise_conditions",
	"O2C Tracking Event": "crm_o2c.permissions.scan_conditions",
}

# -- portal ------------------------------------------------------------------------------------------------------------
website_route_rules = [{"from_route": "/order-status/<path:name>", "to_route": "order-status"}]
standard_portal_menu_items = [
	{
		"title": "Where is my order?",
		"route": "/order-status",
		"reference_doctype": "Sales Order",
		"role": "Customer",
	}
]

# A portal list hands out whole Sales Orders; the app's own fields are for the company's eyes.
override_whitelisted_methods = {
	"frappe.www.list.get": "crm_o2c.api.portal_list.get",
	"frappe.www.list.get_list_data": "crm_o2c.api.portal_list.get_list_data",
	"erpnext.stock.doctype.pick_list.pick_list.create_delivery_note": "crm_o2c.api.deliveries.create_delivery_note",
}

# Which code asks a carrier, by the adapter's name on O2C Carrier. Other apps add theirs.
o2c_tracking_adapters = {"JSON over HTTP": "crm_o2c.services.tracking_poll.json_over_http"}

# -- background --------------------------------------------------------------------------------------------------------
scheduler_events = {
	"hourly_long": ["crm_o2c.services.o2c_scheduler.hourly"],
	"daily_long": ["crm_o2c.services.o2c_scheduler.nightly"],
	"cron": {"*/5 * * * *": ["crm_o2c.services.o2c_scheduler.every_few_minutes"]},
}
default_log_clearing_doctypes = {"O2C Run Log": 30}
