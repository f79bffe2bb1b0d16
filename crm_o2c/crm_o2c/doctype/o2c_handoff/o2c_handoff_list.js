// Forms show this indicator too. The list has two doors: what is the user's own, and all that is open.
frappe.listview_settings["O2C Handoff"] = {
	add_fields: ["status", "due", "user"],
	hide_name_column: true,
	get_indicator: (doc) => {
		const colors = { Waiting: "orange", Accepted: "blue", "Sent Back": "red", Done: "green", Passed: "gray" };
		return [__(doc.status), colors[doc.status] || "gray", `status,=,${doc.status}`];
	},
	onload: (list) => {
		const open = ["O2C Handoff", "status", "in", ["Waiting", "Accepted", "Sent Back"]];
		const show = (...filters) => {
			list.filter_area.clear(false).then(() => list.filter_area.add(filters));
		};
		list.page.add_inner_button(__("My Hand-offs"), () => show(open, ["O2C Handoff", "user", "=", frappe.session.user]));
		list.page.add_inner_button(__("All Open"), () => show(open));
	},
};
