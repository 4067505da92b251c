// Answers a challenge of the page: asks the browser for a passkey, puts what it says into the field `answer`,
// and sends the form. What the attributes mean is said in challenges.py.
"use strict";
for (const form of document.querySelectorAll("form[data-challenge]")) {
	const shown = form.querySelector("[data-answer]");
	const button = shown.querySelector("button");
	const said = form.querySelector("[data-said]");
	let asking;

	const bytes = (text) =>
		Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
	const text = (value) =>
		value &&
		btoa(String.fromCharCode(...new Uint8Array(value)))
			.replaceAll("+", "-")
			.replaceAll("/", "_")
			.replaceAll("=", "");

	// Browsers of before 2025 know neither how to read the options nor how to write the answer.
	const read = (kind, given) => {
		const parse = PublicKeyCredential[`parse${kind == "create" ? "Creation" : "Request"}OptionsFromJSON`];
		if (parse) return parse.call(PublicKeyCredential, given);
		const options = { ...given, challenge: bytes(given.challenge) };
		if (given.user) options.user = { ...given.user, id: bytes(given.user.id) };
		for (const list of ["allowCredentials", "excludeCredentials"])
			if (given[list]) options[list] = given[list].map((each) => ({ ...each, id: bytes(each.id) }));
		return options;
	};
	const written = (found) => {
		if (found.toJSON) return found.toJSON();
		const { response } = found;
		const values = {};
		for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
			if (response[name]) values[name] = text(response[name]);
		if (response.getTransports) values.transports = response.getTransports();
		const { id, type, rawId } = found;
		return { id, type, rawId: text(rawId), response: values, clientExtensionResults: found.getClientExtensionResults() };
	};

	const answer = async () => {
		const { kind, publicKey } = JSON.parse(form.dataset.challenge);
		if (!window.isSecureContext) throw { name: "SecurityError" };
		if (!window.PublicKeyCredential || !["get", "create"].includes(kind)) throw { name: "NotSupportedError" };
		// One question at a time: a second one is refused while the first is open.
		asking?.abort();
		asking = new AbortController();
		const options = { publicKey: read(kind, publicKey), signal: asking.signal };
		return JSON.stringify(written(await navigator.credentials[kind](options)));
	};
	const run = async () => {
		said.textContent = "";
		try {
			form.elements.answer.value = await answer();
			form.submit();
		} catch ({ name }) {
			if (name != "AbortError") said.textContent = said.dataset[name.toLowerCase()] || said.dataset.failed;
		}
	};

	// The other buttons of the form send it as it is.
	form.addEventListener("submit", (event) => {
		if (event.submitter && event.submitter != button) return;
		event.preventDefault();
		run();
	});
	shown.hidden = false;
	if (form.hasAttribute("data-now")) run();
}
