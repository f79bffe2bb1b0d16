frappe.provide("crm_o2c");

/** Call a reading endpoint. frappe.xcall of Frappe 15 only knows POST. */
crm_o2c.get = (method, args, options = {}) =>
	frappe.call({ method, args, type: "GET", ...options }).then((answer) => answer.message);

/** Show a field of a list after its status, where the user has not chosen the columns himself. */
crm_o2c.show_list_column = (listview, fieldname) => {
	const { columns, doctype, list_view_settings } = listview;
	const df = frappe.meta.get_docfield(doctype, fieldname);
	const chosen_by_user = list_view_settings?.fields || list_view_settings?.total_fields;
	if (!df || chosen_by_user || columns.some((column) => column.df?.fieldname === fieldname)) return;
	columns.splice(columns.findIndex((column) => column.type === "Status") + 1, 0, { type: "Field", df });
	listview.render_header(true);
};
