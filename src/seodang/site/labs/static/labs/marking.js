// Marking by keyboard. The page works without this file: every key presses what a mouse could press.
// Keys are read by the letter they give and, where an input method gives none (한글), by their place on a QWERTY board.
"use strict";
(() => {
  const KEPT = "seodang-marking-keys";
  const page = () => document.getElementById("marking");
  const form = () => document.getElementById("mark-form");
  const on = () => localStorage.getItem(KEPT) !== "off";

  const typesInto = (element) =>
    element?.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog") != null;

  // "a" … "z", "0" … "9", "?" or a name such as "Enter".
  const keyOf = (event) => {
    if (event.key === "?" || (event.code === "Slash" && event.shiftKey)) return "?";
    if (/^[a-z0-9]$/i.test(event.key)) return event.key.toLowerCase();
    if (/^(Key|Digit|Numpad)[A-Z0-9]$/.test(event.code)) return event.code.at(-1).toLowerCase();
    return event.key;
  };

  const press = (selector) => {
    const found = page()?.querySelector(selector);
    if (!found || found.disabled) return false;
    found.click();
    return true;
  };
  const focus = (selector) => {
    const found = page()?.querySelector(selector);
    if (!found) return false;
    found.focus();
    found.select?.();
    return true;
  };
  const points = (value) => {
    const field = page()?.querySelector("[data-mark-points]");
    if (!field) return false;
    field.value = value;
    total();
    return true;
  };
  const help = () => {
    const list = document.getElementById("marking-keys");
    if (!list) return false;
    list.open = !list.open;
    if (list.open) list.querySelector("summary").focus();
    return true;
  };

  const KEYS = {
    p: () => focus("[data-mark-points]"),
    c: () => focus("[data-mark-comment]"),
    f: () => points(page()?.querySelector("[data-mark-total]")?.dataset.max ?? ""),
    0: () => points("0"),
    j: () => press("[data-mark-next]"),
    Enter: () => press("[data-mark-next]"),
    k: () => press("[data-mark-previous]"),
    s: () => press("[data-mark-skip]"),
    "?": help,
  };

  document.addEventListener("keydown", (event) => {
    if (!form() || event.isComposing || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (typesInto(event.target)) {
      if (event.key === "Escape") event.target.blur();
      // In the comment Enter is a new line, so saving takes one key more.
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form().contains(event.target)) {
        event.preventDefault();
        press("[data-mark-next]");
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = keyOf(event);
    if (key === "?") {
      event.preventDefault();
      help();
      return;
    }
    if (!on()) return;
    // Enter on a link or button does what that link or button does.
    if (key === "Enter" && event.target.closest("a, button, summary, input")) return;
    const done = /^[1-9]$/.test(key) ? press(`[data-rubric-item="${key}"]`) : KEYS[key]?.();
    if (done) event.preventDefault();
  });

  // What the mark comes to, as the server will reckon it: points where given, else base plus ticked items.
  const total = () => {
    const output = page()?.querySelector("[data-mark-total]");
    if (!output) return;
    const given = page().querySelector("[data-mark-points]").value.trim().replace(",", ".");
    const ticked = [...page().querySelectorAll("[data-rubric-item]:checked")];
    const base = Number(page().querySelector("[data-mark-base]")?.dataset.markBase ?? 0);
    const sum = ticked.reduce((total, item) => total + Number(item.dataset.points), base);
    const most = Number(output.dataset.max);
    const value = given === "" ? Math.min(Math.max(sum, 0), most) : Number(given);
    const known = given !== "" || ticked.length > 0 || base > 0;
    output.textContent = known && Number.isFinite(value) ? `${+value.toFixed(3)}`.replace("-", "−") : "–";
  };

  const ready = () => {
    const keys = document.querySelector("[data-keys-switch]");
    if (keys) keys.checked = on();
    total();
  };
  document.addEventListener("input", (event) => form()?.contains(event.target) && total());
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-keys-switch]")) localStorage.setItem(KEPT, event.target.checked ? "on" : "off");
    if (form()?.contains(event.target)) total();
  });
  // The next answer begins at its top, for eyes and for screen readers.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "marking") {
      window.scrollTo({ top: 0 });
      const heading = document.getElementById("answer-heading");
      if (page().querySelector("[role=alert]")) page().querySelector("[role=alert]").focus();
      else heading?.focus({ preventScroll: true });
    }
    ready();
  });
  ready();
})();
