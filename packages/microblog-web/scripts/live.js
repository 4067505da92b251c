// What is new: posts of the timeline that is open, and notifications. A page out of sight does not listen: browsers
// open few connections to one site.
const bar = find("[data-live]"), stream = bar ? bar.dataset.live : find(".member") && "/live/me";
const title = document.title.replace(/^\(\d+\+?\) /, ""), fresh = new Set();
const feed = () => bar?.nextElementSibling?.matches(".feed") && bar.nextElementSibling;
let source, lost, wait;

const offer = () => {
	const link = find("a", bar) || document.createElement("a"), number = fresh.size;
	if (!number) return bar.replaceChildren();
	link.className = "button small";
	link.href = location.pathname;
	link.textContent = number == 1 ? bar.dataset.one : bar.dataset.many.replace("%d", number > 19 ? "20+" : number);
	bar.append(link);
};

const listen = () => {
	if (!stream || source || document.hidden) return;
	const newest = feed()?.firstElementChild?.id.slice(1), mine = (source = new EventSource(stream + (newest ? "?since=" + newest : "")));
	const on = (name, hear) => mine.addEventListener(name, ({ data }) => hear(data));
	on("open", () => {
		wait = 0;
		if (lost) say((lost = ""));
	});
	on("error", () => setTimeout(() => {
		if (mine != source || mine.readyState == 1) return;
		say((lost = words.lost), true);
		if (mine.readyState == 2) {
			source = 0;
			wait = Math.min(60, 2 * wait + 2);
			setTimeout(listen, wait * 1000);
		}
	}, 3000));
	on("post", (id) => find("#p" + id) || offer(fresh.add(id)));
	on("gone", (id) => offer(fresh.delete(id)));
	on("unread", (number) => {
		const badge = find(".count"), shown = number > 99 ? "99+" : number;
		badge.hidden = number == 0;
		badge.firstChild.data = shown;
		document.title = (number == 0 ? "" : `(${shown}) `) + title;
	});
};
const rest = () => {
	source = source?.close();
};
listen();
onEvent("pagehide", rest);
onEvent("pageshow", listen);
onEvent("visibilitychange", () => (document.hidden ? rest() : listen()));

bar?.addEventListener("click", (event) => {
	const there = feed();
	// Of more than a page there would be a gap below: then the link is followed.
	if (!there || fresh.size > 19 || elsewhere(event)) return;
	event.preventDefault();
	htmx.ajax("GET", location.pathname, { target: there, select: "[data-live] + .feed > *", swap: "afterbegin show:none" }).then(() => {
		fresh.clear();
		offer(unique());
		focusOn(there.firstElementChild);
	});
});
