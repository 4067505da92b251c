// What happens anywhere on the page.
const onEvent = addEventListener;

// Buttons in place: what a form would load as a page comes as the piece of it that has changed.
onEvent("submit", (event) => {
	const button = event.submitter, form = event.target;
	if (!button) return;
	const url = button.getAttribute("formaction") || form.getAttribute("action"), post = button.closest(".post, .gone");
	let target = post, select;
	// What was typed is not for whoever comes next.
	if (url == "/logout") sessionStorage.clear();
	if (post && /\/(un)?(boost|favourite|bookmark)(\?|$)/.test(url)) target = find((select = ".acts"), post);
	else if (post && /\/vote$/.test(url)) target = find((select = ".poll"), post);
	else if (post && /\/(un)?delete$/.test(url)) {
		select = ".post, .gone";
		// What is deleted can't be taken back as well.
		find(`[formaction="${url.replace("delete", "unpublish")}"]`)?.closest(".flash").remove();
	}
	else if (/^\/(accounts|tags|posts)\//.test(url) && form.id == "act" && !button.closest(".flash")) target = find((select = "main"));
	else return;
	event.preventDefault();
	const buttons = (root) => all("button, .act", root);
	const parent = target.parentElement, place = [...parent.children].indexOf(target), nth = buttons(target).indexOf(button);
	const values = Object.fromEntries(new FormData(form, button));
	htmx.ajax("POST", url, { source: button, target, select, swap: "outerHTML show:none", values }).then(() => {
		const now = parent.children[place];
		if (!now || now == target) return;
		// What was unfolded meanwhile stays open, other than the menu in which the button is.
		all("details", target).forEach((each, nth) => each.open && !each.contains(button) && all("details", now)[nth]?.setAttribute("open", ""));
		// The button that was pressed is gone; the one in its place has the focus now.
		(buttons(now)[nth] || find("button", now))?.focus({ preventScroll: true });
	});
});

// The question before a deletion comes below the post.
onEvent("click", (event) => {
	const link = event.target.closest(".post a"), post = link?.closest(".post");
	if (!link || elsewhere(event)) return;
	const asks = find("form[action$=delete]", post);
	if (asks?.contains(link)) {
		asks.remove();
		find(".own a[href$=delete]", post).focus();
	} else if (link.matches(".own a[href$=delete]")) {
		asks?.remove();
		htmx.ajax("GET", link.pathname, { target: post, select: "main > form", swap: "beforeend" }).then(() => find("form .danger", post)?.focus());
	} else return;
	event.preventDefault();
});

// What the answer to a button says, and what went wrong.
onEvent("said", ({ detail }) => say(detail.value));
onEvent("htmx:sendError", () => say(words.failed));
onEvent("htmx:responseError", ({ detail: { xhr } }) => {
	say(/^text\/plain/.test(xhr.getResponseHeader("content-type")) ? xhr.responseText : words.failed);
});
