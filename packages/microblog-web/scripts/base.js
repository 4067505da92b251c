// What all files use: finding elements, saying something, moving the focus.
const find = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const words = find("#say").dataset;

let quiet;
const say = (text, stays) => {
	clearTimeout(quiet);
	find("#say").textContent = text;
	if (!stays) quiet = setTimeout(say, 6000, "", true);
};

const focusOn = (row) => {
	if (!row) return;
	row.tabIndex = -1;
	row.focus();
	row.scrollIntoView({ block: "nearest" });
};

// A click that opens a link elsewhere is the browser's.
const elsewhere = (event) => event.ctrlKey || event.metaKey || event.shiftKey || event.button;

// Rows of listings. What has come twice stays where it is first.
const rows = "main > .feed > *, main > .list > *";
const unique = () => {
	const seen = new Set();
	for (const row of all(rows)) if (row.id && seen.size == seen.add(row.id).size) row.remove();
};
