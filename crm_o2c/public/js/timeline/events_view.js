// What happened, newest first, page by page.
import { h } from "../order_desk/dom";
import { ago, form_link, moment_text, pill } from "./words";

/** `here`: the document of the form, whose events need no name; more(start) brings a further page. */
export function events_view(page, { here, more }) {
	const list = h("ol.o2c-plain.o2c-tl-events", { "aria-label": __("What happened") }, rows(page, here));
	const button = h("button.btn.btn-default.btn-xs", { type: "button" }, __("Show Earlier Events"));
	const failed = h("span.text-muted.small", { role: "alert" });
	const footer = h("div.o2c-tl-more", { hidden: !page.has_more }, button, " ", failed);
	let start = page.start + page.rows.length;
	button.addEventListener("click", async () => {
		button.disabled = true;
		failed.textContent = "";
		try {
			const next = await more(start);
			list.append(...rows(next, here));
			start = next.start + next.rows.length;
			footer.hidden = !next.has_more;
		} catch (error) {
			if (error.name !== "AbortError") failed.textContent = error.message;
		}
		button.disabled = false;
	});
	const none = page.rows.length ? null : h("p.text-muted", {}, __("Nothing is recorded yet."));
	return h("section", {}, h("div.o2c-heading", {}, __("What happened")), none, list, footer);
}

function rows(page, here) {
	return page.rows.map((event) => event_view(event, here));
}

function event_view(event, here) {
	const own = event.doctype === here.doctype && event.document === here.name;
	const late = event.recorded_at.slice(0, 16) !== event.happened_at.slice(0, 16);
	const recorded = __("recorded {0}, {1}", [moment_text(event.recorded_at), event.feed_label]);
	return h(
		`li.o2c-tl-event${event.step_back ? ".o2c-tl-back" : ""}`,
		{ "data-what": event.what },
		h("span.o2c-tl-moment", { title: recorded }, moment_text(event.happened_at)),
		h(
			"span.o2c-tl-text",
			{},
			!own && [form_link(event.doctype, event.document), " "],
			event.text,
			event.step_back && [" ", pill(__("Step back"), "orange")],
			event.reason && h("span.text-muted", {}, ` – ${event.reason}`),
			event.cause && [h("span.text-muted", {}, ` ${__("by")} `), form_link(event.cause.doctype, event.cause.name)]
		),
		h("span.o2c-tl-who.text-muted.small", { title: recorded }, who_text(event, late))
	);
}

/** Who did it, and where it came late or by nobody's hand, which feed noticed. */
function who_text({ who, feed_label, feed, recorded_at }, late) {
	const noticed = late && feed !== "Person" ? `${feed_label}, ${ago(recorded_at)}` : "";
	return [who, noticed].filter(Boolean).join(" · ");
}
