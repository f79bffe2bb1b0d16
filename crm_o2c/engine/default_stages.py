"""The stages that a new site starts with."""

from crm_o2c.engine.stages import END, PAUSE, Stage

_INVOICED = "submitted and (all_delivered or no_delivery) and all_billed"

DEFAULT_STAGES = (
	Stage("Draft", "Draft", 10, "draft", visible=False, colour="gray"),
	Stage(
		"To confirm", "To confirm", 20, "draft and workflow == 'To confirm'", sla_hours=8,
		customer_label="Being checked", colour="yellow",
	),
	Stage("Confirmed", "Confirmed", 30, "submitted", sla_hours=16, colour="blue"),
	Stage(
		"In production", "In production", 40, "submitted and in_production", sla_hours=80,
		customer_label="Being made", colour="purple",
	),
	Stage(
		"Ready to ship", "Ready to ship", 50, "submitted and not all_delivered and (picked >= 100 or packed)",
		sla_hours=8, customer_label="Packed", colour="cyan",
	),
	Stage("Partly shipped", "Partly shipped", 60, "submitted and delivered > 0", sla_hours=40, colour="cyan"),
	Stage(
		"Shipped", "Shipped", 70, "submitted and all_delivered", sla_hours=24, customer_label="On its way", colour="green",
	),
	Stage("Delivered", "Delivered", 80, "submitted and all_delivered and arrived >= 100", sla_hours=8, colour="green"),
	Stage("Invoiced", "Invoiced", 90, _INVOICED, colour="orange"),
	Stage("Paid", "Paid", 100, f"{_INVOICED} and outstanding <= 0", colour="green"),
	Stage(
		"On hold", "On hold", 110, "submitted and held and not all_delivered", PAUSE, sla_hours=16,
		customer_label="Waiting", colour="red",
	),
	Stage(
		"Cancelled", "Cancelled", 120, "cancelled or (closed and delivered == 0 and billed == 0)", END, colour="gray",
	),
)  # fmt: skip
