frappe.provide("crm_o2c");

/** Call a reading endpoint. frappe.xcall of Frappe 15 only knows POST. */
crm_o2c.get = (method, args, options = {}) =>
	frappe.call({ method, args, type: "GET", ...options }).then((answer) => answer.message);
