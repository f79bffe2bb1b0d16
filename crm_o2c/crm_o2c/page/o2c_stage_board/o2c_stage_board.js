frappe.pages["o2c-stage-board"].on_page_load = (wrapper) => {
	frappe.ui.make_app_page({ parent: wrapper, title: __("Stage Board"), single_column: true });
	frappe.breadcrumbs.add("CRM O2C");
	wrapper.board = frappe
		.require(["stage_board.bundle.css", "stage_board.bundle.js"])
		.then(() => new crm_o2c.StageBoard(wrapper.page));
};

frappe.pages["o2c-stage-board"].on_page_show = (wrapper) => {
	wrapper.board.then((board) => board.show());
};
