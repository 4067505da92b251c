// Small comforts for browsers with JavaScript: characters that are left, emojis to press, and word of new posts. Every page works without it.
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

  function offer(item) {
    var form = item.closest("form");
    var area = form && form.querySelector("textarea");
    if (!area) return;
    function insert() {
      var before = area.value.slice(0, area.selectionStart);
      var gap = before && !/\s$/.test(before) ? " " : "";
      area.setRangeText(gap + item.dataset.insert + " ", area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input"));
    }
    item.setAttribute("role", "button");
    item.tabIndex = 0;
    item.addEventListener("click", insert);
    item.addEventListener("keydown", function (event) {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      insert();
    });
  }

  document.querySelectorAll("[data-insert]").forEach(offer);
  document.querySelectorAll("textarea[data-limit]").forEach(countdown);
  if (window.EventSource) document.querySelectorAll("[data-live]").forEach(announce);
})();
