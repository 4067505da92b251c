// Older pages come below one another. The address is that of the page where one reads, so that a reload and the way
// back lead there.
const begun = location.href;
let scrolled;
onEvent("htmx:afterSettle", ({ detail: { pathInfo, requestConfig } }) => {
	const path = pathInfo.requestPath;
	if (!/[?&]max_id=/.test(path)) return;
	// None has come where filters left nothing of it.
	const page = all(":is(main > .feed, main > .list) + :is(.feed, .list)").at(-1);
	if (!page || page.dataset.page) return;
	page.dataset.page = path;
	unique();
	if (requestConfig.triggeringEvent?.type == "click") focusOn(page.firstElementChild);
});
onEvent("scroll", () => {
	clearTimeout(scrolled);
	scrolled = setTimeout(() => {
		if (!find("[data-page]")) return;
		const top = all(rows).find((row) => row.getBoundingClientRect().bottom > 0);
		history.scrollRestoration = "manual";
		history.replaceState(top?.id, "", top?.parentElement.dataset.page || begun);
	}, 150);
});
if (history.state) find("#" + history.state)?.scrollIntoView();

// Older pages are asked for a screen before their place: what one reads, and the foot of the page, stay where they are.
const ahead = new IntersectionObserver((links) => links.forEach(({ isIntersecting, target }) => isIntersecting && htmx.trigger(target, "near")), { rootMargin: "0px 0px 100%" });
onEvent("htmx:load", () => all(".pages [rel=next]").forEach((link) => ahead.observe(link)));
