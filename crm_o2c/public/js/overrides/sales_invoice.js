crm_o2c.timeline.add_to_form("Sales Invoice");
