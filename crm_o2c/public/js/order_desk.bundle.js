import { OrderDesk } from "./order_desk/desk";

frappe.provide("crm_o2c");
crm_o2c.OrderDesk = OrderDesk;
