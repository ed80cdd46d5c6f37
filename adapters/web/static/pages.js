// SPDX-License-Identifier: GPL-3.0-or-later
// What a page does besides being read: it tells times as they are here, and follows the log. Nothing
// depends on it.
"use strict";

(() => {
  const POLL = 30_000; // ms between two looks where the log cannot be listened to
  const SILENCE = 10_000; // ms after which one that says nothing at all is not listened to
  const UNITS = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];

  const main = () => document.getElementById("main");
  const say = (id, text) => {
    const place = document.getElementById(id);
    if (place && place.textContent !== text) place.textContent = text;
  };

  // --- times: as pages/times.py says them ----------------------------------------------------

  const ago = (at) => {
    const seconds = Math.round((Date.now() - at) / 1000);
    const size = Math.abs(seconds);
    const [unit, sign] = UNITS.find(([each]) => size >= 2 * each || each === 1);
    const told = `${Math.floor(size / unit)} ${sign}`;
    return seconds < 0 ? `in ${told}` : `${told} ago`;
  };

  const tellTimes = () => {
    for (const each of document.querySelectorAll(".ago")) {
      each.textContent = ago(Date.parse(each.dataset.at));
    }
    for (const each of document.querySelectorAll("time:not([title])")) {
      each.title = new Date(each.dateTime).toLocaleString();
    }
    const minutes = -new Date().getTimezoneOffset();
    const sign = minutes < 0 ? "−" : "+";
    const hours = `${sign}${Math.abs(minutes / 60)}`;
    say("zone", `; here it is ${new Date().toLocaleTimeString()} (UTC${hours})`);
  };

  // --- following -----------------------------------------------------------------------------

  let source = null; // what tells where the log is
  let heard = { position: 0 }; // where it is, and since when by performance.now()
  let chased = null; // what of that the page is to show next
  let told = ""; // what is said about it

  const follows = () => main().hasAttribute("hx-get");
  const shown = () => Number(main().dataset.position);

  // Nothing moves under the hands of somebody who fills in a form or marks a text.
  const busy = () => {
    const at = document.activeElement;
    const marked = getSelection();
    const writes = at && at.closest("form") && main().contains(at);
    return writes || (marked && !marked.isCollapsed && main().contains(marked.anchorNode));
  };

  const look = () => {
    if (follows() && !document.hidden && !busy()) htmx.trigger(main(), "follow");
  };
  const lookIfNew = () => {
    if (heard.position <= shown()) return;
    chased = chased || heard;
    look();
  };

  const listen = () => {
    if (source || document.hidden || !follows()) return;
    source = new EventSource("/live");
    const giveUp = setTimeout(fail, SILENCE);
    source.addEventListener("position", (event) => {
      clearTimeout(giveUp);
      const [position, age] = event.data.split(" ").map(Number);
      heard = { position, since: performance.now() - age };
      told = told || ", live";
      say("behind", told);
      lookIfNew();
    });
    source.addEventListener("error", () => {
      clearTimeout(giveUp);
      if (source && source.readyState === EventSource.CLOSED) fail();
    });
  };

  const hush = () => {
    if (source) source.close();
    source = null;
  };

  // It cannot be listened to: look now and then, and try again to listen.
  function fail() {
    hush();
    told = "";
    say("behind", `, looked at every ${POLL / 1000} s`);
    setTimeout(() => {
      look();
      listen();
    }, POLL);
  }

  // A hidden page keeps no connection: browsers have few of them for each site.
  document.addEventListener("visibilitychange", () => (document.hidden ? hush() : listen()));
  document.addEventListener("focusout", () => setTimeout(lookIfNew));
  document.addEventListener("selectionchange", () => setTimeout(lookIfNew));
  document.addEventListener("htmx:afterSettle", () => {
    tellTimes();
    if (chased && chased.position <= shown()) {
      told = `, ${((performance.now() - chased.since) / 1000).toFixed(1)} s behind`;
      chased = null;
    }
    say("behind", told);
  });
  Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
    !(name === "open" && node.tagName === "DETAILS"); // what somebody unfolded stays so

  tellTimes();
  setInterval(tellTimes, POLL);
  listen();
})();
