// SPDX-License-Identifier: GPL-3.0-or-later
// What a page does besides being read: it tells times as they are here, and follows the log. Nothing
// depends on it.
"use strict";

(() => {
  const POLL = 30_000; // ms between two looks where the log cannot be listened to
  const SILENCE = 10_000; // ms after which one that says nothing at all is not listened to
  const RETRY = 3_000; // ms after which what could not be fetched is fetched again
  const UNITS = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];

  const main = () => document.getElementById("main");
  const say = (id, text) => {
    const place = document.getElementById(id);
    if (place && place.textContent !== text) place.textContent = text;
  };

  // --- times: as pages/times.py says them, and what time that is here ------------------------

  let ahead = null; // ms by which the clock of the service is ahead of the one here, once known

  const ago = (at) => {
    const seconds = Math.round((Date.now() + ahead - at) / 1000);
    const size = Math.abs(seconds);
    const [unit, sign] = UNITS.find(([each]) => size >= 2 * each || each === 1);
    const told = `${Math.floor(size / unit)} ${sign}`;
    return seconds < 0 ? `in ${told}` : `${told} ago`;
  };

  const clock = (at) => at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const here = (at) => (at.getTimezoneOffset() ? `, ${clock(at)} here` : "");

  const tellTimes = () => {
    for (const each of document.querySelectorAll("time")) {
      each.title = new Date(each.dateTime).toLocaleString();
    }
    const minutes = -new Date().getTimezoneOffset();
    const zone = `UTC${minutes < 0 ? "−" : "+"}${Math.abs(minutes / 60)}`;
    say("zone", minutes ? `, and ${clock(new Date())} is the time here (${zone})` : "");
    if (ahead === null) return;
    for (const each of document.querySelectorAll(".ago")) {
      const at = new Date(each.dataset.at);
      each.textContent = ago(at) + here(at);
    }
  };

  // --- following -----------------------------------------------------------------------------

  let source = null; // what tells where the log is
  let silence = null; // runs while it has said nothing
  let heard = { position: 0 }; // where it is, and since when by performance.now()
  let chased = null; // what of that the page is to show next
  let told = ""; // what is said about it

  const follows = () => main().hasAttribute("hx-get");
  const shown = () => Number(main().dataset.position);
  const tell = (text) => say("behind", (told = text));

  const begun = (field) =>
    field.tagName === "INPUT" &&
    (field.checked !== field.defaultChecked || field.value !== field.defaultValue);

  // Nothing moves under the hands of somebody who fills in a form, has begun to, or marks a text.
  const busy = () => {
    const at = document.activeElement;
    const marked = getSelection();
    const writes = at && at.closest("form") && main().contains(at);
    const forms = [...main().querySelectorAll("form.act")];
    const left = forms.some((form) => [...form.elements].some(begun));
    return writes || left || (marked && !marked.isCollapsed && main().contains(marked.anchorNode));
  };

  const look = () => {
    if (follows() && !document.hidden && !busy()) htmx.trigger(main(), "follow");
  };
  const lookIfNew = () => {
    if (heard.position <= shown()) return;
    chased = chased || heard;
    look();
  };

  const hear = (event) => {
    clearTimeout(silence);
    const { position, age, now } = JSON.parse(event.data);
    heard = { position, since: performance.now() - age };
    ahead = Date.parse(now) - Date.now();
    tellTimes();
    if (!told.endsWith("behind")) tell(", live");
    lookIfNew();
  };

  const listen = () => {
    if (source || document.hidden || !follows()) return;
    source = new EventSource("/live");
    silence = setTimeout(poll, SILENCE);
    source.addEventListener("position", hear);
    source.addEventListener("error", (event) => {
      if (event.target.readyState === EventSource.CLOSED) poll();
      else tell(", out of reach"); // it tries again by itself
    });
  };

  const hush = () => {
    clearTimeout(silence);
    if (source) source.close();
    source = null;
  };

  // It cannot be listened to: look now and then, and try again to listen.
  function poll() {
    hush();
    ahead = ahead || 0;
    tell(`, looked at every ${POLL / 1000} s`);
    setTimeout(() => {
      look();
      listen();
    }, POLL);
  }

  // A hidden page keeps no connection: browsers have few of them for each site.
  document.addEventListener("visibilitychange", () => (document.hidden ? hush() : listen()));
  document.addEventListener("focusout", () => setTimeout(lookIfNew));
  document.addEventListener("selectionchange", () => setTimeout(lookIfNew));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful) setTimeout(lookIfNew, RETRY);
  });
  document.addEventListener("htmx:afterSettle", () => {
    tellTimes();
    if (chased && chased.position <= shown()) {
      told = `, ${((performance.now() - chased.since) / 1000).toFixed(1)} s behind`;
      chased = null;
    }
    tell(told);
  });

  // --- what htmx is not to do ----------------------------------------------------------------

  // What somebody unfolded, and is just typing, stays so.
  Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => {
    const unfolded = name === "open" && node.tagName === "DETAILS";
    const typed = name === "value" && node === document.activeElement;
    return !(unfolded || typed);
  };

  // An address names what is asked for, not what is left open.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    for (const [name, value] of [...detail.formData]) {
      if (value === "") detail.formData.delete(name);
    }
  });

  tellTimes();
  setInterval(tellTimes, POLL);
  listen();
})();
