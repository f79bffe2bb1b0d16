crm_o2c.tracking.add_to_form("Delivery Note");
