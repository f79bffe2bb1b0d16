// Raise or lower an order by hand: points, a reason that everybody sees, and a last day.
frappe.provide("crm_o2c.priority");

/** Ask for a boost of `sales_order`; `on_done` is called after it is kept. The server checks right and limits. */
crm_o2c.priority.boost_dialog = (sales_order, on_done, boost = null) => {
	const dialog = new frappe.ui.Dialog({
		title: __("Boost {0}", [sales_order]),
		fields: [
			{
				fieldname: "points",
				fieldtype: "Float",
				label: __("Points"),
				precision: 2,
				reqd: 1,
				default: boost?.points || 10,
				description: __("+10 points means twice as urgent; below 0 lowers the order."),
			},
			{ fieldtype: "Column Break" },
			{
				fieldname: "expires_on",
				fieldtype: "Date",
				label: __("Counts Until"),
				reqd: 1,
				default: boost?.expires_on || frappe.datetime.add_days(frappe.datetime.get_today(), 7),
			},
			{ fieldtype: "Section Break" },
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason"),
				reqd: 1,
				default: boost?.reason,
				description: __("Everybody who sees the order sees it."),
			},
		],
		primary_action_label: __("Boost"),
		primary_action: (values) => {
			dialog.disable_primary_action();
			frappe
				.xcall("crm_o2c.api.priority.add_boost", { sales_order, ...values })
				.then(() => {
					dialog.hide();
					frappe.show_alert({ message: __("{0} is boosted.", [sales_order]), indicator: "green" });
					on_done?.();
				})
				.finally(() => dialog.enable_primary_action());
		},
	});
	dialog.show();
	return dialog;
};

/** End the boost of an order after asking. */
crm_o2c.priority.end_boost = (sales_order, on_done) => {
	frappe.confirm(__("End the boost of {0} now?", [sales_order]), () =>
		frappe.xcall("crm_o2c.api.priority.end_boost", { sales_order }).then(() => on_done?.())
	);
};
