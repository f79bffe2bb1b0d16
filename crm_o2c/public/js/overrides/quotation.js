crm_o2c.checks.add_to_form("Quotation", "Quotation Item");
