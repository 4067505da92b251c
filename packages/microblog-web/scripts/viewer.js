// Pictures in full size.
const viewer = find("#viewer"), picture = find("img", viewer);
let pictures, at;
const show = (place) => {
	at = (place + pictures.length) % pictures.length;
	picture.src = pictures[at].href;
	picture.alt = find("figcaption", viewer).textContent = find("img", pictures[at]).alt;
	for (const button of all("[value]", viewer)) button.hidden = pictures.length < 2;
};
onEvent("click", (event) => {
	const link = event.target.closest(".pics a");
	if (!link || elsewhere(event)) return;
	event.preventDefault();
	pictures = [...link.parentElement.children];
	show(pictures.indexOf(link));
	viewer.showModal();
});
viewer.addEventListener("click", ({ target }) => {
	if (target.value) show(at + +target.value);
	else if (target != picture) viewer.close();
});
viewer.addEventListener("keydown", ({ key }) => {
	const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
	if (step) show(at + step);
});
