"""What customers read of their orders, in English; `engine.messages` takes it into its one table.

`customer.next.…` is what is next, `customer.time.…` whether the order is on time, `customer.step.…` how far a step is,
`customer.parcel.…` what a tracking status is to a customer, `customer.stage.none` where no stage can be told yet.
"""

CUSTOMER_MESSAGES: dict[str, str] = {
	"customer.stage.none": "Order received",
	"customer.step.done": "Done already",
	"customer.step.current": "The order is here",
	"customer.step.open": "Still to come",
	"customer.time.kept": "Sent in time",
	"customer.time.late": "Later than promised",
	"customer.time.on_time": "On time",
	"customer.time.unknown": "Not known yet",
	"customer.next.cancelled": "This order was cancelled.",
	"customer.next.closed": "This order is closed: nothing more will be delivered.",
	"customer.next.waits": "Your order is waiting. We go on with it as soon as we can.",
	"customer.next.service": "We are working on your order.",
	"customer.next.done": "Nothing is left to do for this order.",
	"customer.next.overdue": "The promised day has passed. We deliver as soon as we can.",
	"customer.next.prepare": "We are preparing your order.",
	"customer.next.prepare.date": "We are preparing your order for delivery by {date}.",
	"customer.next.rest": "The rest of your order is to follow.",
	"customer.next.rest.date": "The rest of your order is to follow by {date}.",
	"customer.next.on_way": "Your goods are on their way.",
	"customer.next.on_way.date": "Your goods are on their way and expected on {date}.",
	"customer.next.arrived": "All your goods have arrived.",
	"customer.next.sent": "All your goods have left our warehouse.",
	"customer.next.trouble": "The carrier reports a problem with a delivery. Please ask us about it.",
	"customer.parcel.Announced": "Announced to the carrier",
	"customer.parcel.Picked Up": "Handed to the carrier",
	"customer.parcel.In Transit": "On its way",
	"customer.parcel.Out for Delivery": "Out for delivery",
	"customer.parcel.Delivered": "Arrived",
	"customer.parcel.Exception": "Held up on its way",
	"customer.parcel.Returned": "On its way back to us",
	"customer.parcel.Lost": "The carrier is looking for it",
}
