// Small comforts for browsers with JavaScript: characters that are left, and word of new posts. Every page works without it.
(function () {
  "use strict";

  function countdown(area) {
    var limit = Number(area.dataset.limit);
    var form = area.form;
    var place = form && form.querySelector("[data-left]");
    if (!limit || !place) return;
    var spoiler = form.querySelector("[name=spoiler]");
    function show() {
      var used = Array.from(area.value).length + (spoiler ? Array.from(spoiler.value).length : 0);
      place.textContent = String(limit - used);
      place.classList.toggle("over", used > limit);
    }
    area.addEventListener("input", show);
    if (spoiler) spoiler.addEventListener("input", show);
    show();
  }

  function announce(place) {
    var fresh = 0;
    var source = new EventSource(place.dataset.live);
    source.addEventListener("post", function () {
      fresh += 1;
      var link = document.createElement("a");
      link.className = "button small";
      link.href = location.pathname;
      link.textContent = fresh === 1 ? place.dataset.one : place.dataset.many.replace("%d", String(fresh));
      place.replaceChildren(link);
    });
    addEventListener("pagehide", function () { source.close(); });
  }

  document.querySelectorAll("textarea[data-limit]").forEach(countdown);
  if (window.EventSource) document.querySelectorAll("[data-live]").forEach(announce);
})();
