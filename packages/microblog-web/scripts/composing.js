// Comforts of the form that posts are written in.
for (const area of all("textarea[data-limit]")) {
	const form = area.form, left = find("[data-left]", form), spoiler = form.elements.spoiler;
	const on = (what, then) => area.addEventListener(what, then);
	const put = (text, from, to) => {
		area.setRangeText(text, from, to, "end");
		area.dispatchEvent(new Event("input", { bubbles: true }));
	};

	// Characters that are left, as code points.
	const count = () => {
		const used = [...area.value].length + (spoiler ? [...spoiler.value].length : 0);
		left.textContent = area.dataset.limit - used;
		left.classList.toggle("over", used > area.dataset.limit);
	};
	if (left) {
		form.addEventListener("input", count);
		count();
	}

	// Pictures that are pasted or dropped go where a file would be chosen.
	const take = (event) => {
		const files = (event.clipboardData || event.dataTransfer).files;
		if (!files.length) return;
		event.preventDefault();
		for (const file of files) {
			const field = all("[type=file]", form).find((each) => !each.files.length);
			if (!field) break;
			const data = new DataTransfer();
			data.items.add(file);
			field.files = data.files;
			field.closest("details").open = true;
		}
	};
	on("paste", take);
	on("drop", take);

	// What is written survives a reload in this window.
	const key = "draft " + location.pathname, begun = area.value;
	if (form.id) {
		const kept = sessionStorage.getItem(key);
		if (kept && (!begun || kept.startsWith(begun))) {
			area.value = kept;
			if (left) count();
		}
		on("input", () => sessionStorage.setItem(key, area.value));
		form.addEventListener("submit", () => sessionStorage.removeItem(key));
	}

	// Emojis are put where one writes.
	for (const item of all("[data-insert]", form)) {
		item.hidden = false;
		item.onclick = () => put(item.dataset.insert, area.selectionStart, area.selectionEnd);
	}

	// People and hashtags are offered while their names are typed.
	const list = find("[role=listbox]", form);
	if (!list) continue;
	let chosen = -1, asked;
	const typed = () => /(?:^|[\s(])([@#][\p{L}\p{N}_.-]+)$/u.exec(area.value.slice(0, area.selectionStart))?.[1];
	const mark = (place) => {
		const options = [...list.children];
		chosen = options.length ? (place + options.length) % options.length : -1;
		options.forEach((option, number) => option.setAttribute("aria-selected", number == chosen));
		area.setAttribute("aria-activedescendant", options[chosen]?.id || "");
		list.hidden = chosen < 0;
	};
	const close = () => mark(list.replaceChildren());
	const insert = (option) => {
		const end = area.selectionStart;
		put(option.dataset.value + " ", end - typed().length, end);
		close();
		area.focus();
	};
	on("input", () => {
		clearTimeout(asked);
		const word = typed();
		if (!word || word.length < 2) return close();
		asked = setTimeout(async () => {
			const answer = await fetch("/suggest?q=" + encodeURIComponent(word));
			if (!answer.ok || word != typed()) return;
			list.innerHTML = await answer.text();
			mark(0);
		}, 150);
	});
	on("keydown", (event) => {
		if (chosen < 0 || event.isComposing) return;
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (step) mark(chosen + step);
		else if (event.key == "Enter" || event.key == "Tab") insert(list.children[chosen]);
		else if (event.key == "Escape") close();
		else return;
		event.preventDefault();
	});
	on("blur", () => setTimeout(close, 200));
	list.addEventListener("mousedown", (event) => {
		event.preventDefault();
		const option = event.target.closest("li");
		if (option) insert(option);
	});
}
