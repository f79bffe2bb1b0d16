// Elements instead of HTML texts: what users typed gets into the page as text only.

/**
 * h("button.btn.btn-xs", { onclick, "aria-pressed": true }, "Text", child)
 * Attributes that are null, undefined or false are left out.
 */
export function h(selector, attributes = {}, ...children) {
	const [tag, ...classes] = selector.split(".");
	const element = document.createElement(tag || "div");
	element.classList.add(...classes);
	for (const [name, value] of Object.entries(attributes)) {
		if (name.startsWith("on")) {
			element.addEventListener(name.slice(2), value);
		} else if (value !== null && value !== undefined && value !== false) {
			element.setAttribute(name, value === true ? "" : value);
		}
	}
	element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
	return element;
}

export function icon(name, size = "sm") {
	return fragment(frappe.utils.icon(name, size));
}

/** Nodes of HTML that comes from our own code. */
export function fragment(html) {
	const template = document.createElement("template");
	template.innerHTML = html;
	return template.content;
}
