frappe.pages["order-desk"].on_page_load = (wrapper) => {
	frappe.ui.make_app_page({ parent: wrapper, title: __("Order Desk"), single_column: true });
	frappe.breadcrumbs.add("CRM O2C");
	wrapper.desk = frappe
		.require(["order_desk.bundle.css", "order_desk.bundle.js"])
		.then(() => new crm_o2c.OrderDesk(wrapper.page));
};

frappe.pages["order-desk"].on_page_show = (wrapper) => {
	wrapper.desk.then((desk) => desk.show());
};
