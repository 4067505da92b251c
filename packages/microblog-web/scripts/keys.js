// Keyboard shortcuts, for those who have not switched them off. The page `/shortcuts` names them.
const pages = { h: "/", p: "/public", n: "/notifications", c: "/conversations", b: "/bookmarks", f: "/favourites", l: "/lists", s: "/settings/profile" };
const pressed = { f: ".fav", b: ".boost", m: ".mark", r: "a.act", o: ".when", a: ".who", e: ".rest", x: "summary", v: ".pics a" };
const fields = { "/": ["[type=search]", "/search"], n: ["#f-text", "/compose"] };
let going = 0;
const move = (step) => {
	const posts = all("main .post, main .list > li"), now = posts.indexOf(document.activeElement.closest(".post, li"));
	const post = posts[now < 0 ? posts.findIndex((each) => each.getBoundingClientRect().bottom > 60) : now + step];
	focusOn(post || (step > 0 && find(".pages [rel=next]")));
};
if (find("[data-keys=on]")) onEvent("keydown", (event) => {
	const { key, target } = event;
	if (event.ctrlKey || event.metaKey || event.altKey || viewer.open || target.matches("input, textarea, select")) return;
	const post = target.closest(".post"), again = Date.now() - going < 1500;
	going = 0;
	if (again && pages[key]) location = pages[key];
	else if (key == "g") going = Date.now();
	else if (key == "j") move(1);
	else if (key == "k") move(-1);
	else if (key == "?") location = "/shortcuts";
	else if (key == "." && bar) find("a", bar)?.click();
	else if (fields[key]) {
		const [field, page] = fields[key], there = find("main " + field);
		if (there) there.focus();
		else location = page;
	} else if (post && pressed[key]) find(pressed[key], post)?.click();
	else return;
	event.preventDefault();
});
