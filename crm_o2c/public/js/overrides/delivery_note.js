crm_o2c.tracking.add_to_form("Delivery Note");
crm_o2c.timeline.add_to_form("Delivery Note");
