// What moves on a page. Every page works without this file; each part below only makes it kinder.
// Parts: live (server-sent events), toasts, confirm, drop zones, copy, menus, times, theme.
"use strict";
(() => {
  const all = (selector, root = document) => root.querySelectorAll(selector);

  // --- live: [data-live="URL"] hears of a change as the htmx event "live" --------------------------------
  // One EventSource per URL, whatever the number of listeners; none while the tab is hidden.
  const sources = new Map();

  class LiveSource {
    constructor(url) {
      this.url = url;
      this.wait = 1000;
      this.open();
    }
    listeners() {
      return [...all("[data-live]")].filter((element) => element.dataset.live === this.url);
    }
    open() {
      this.close();
      this.source = new EventSource(this.url);
      this.source.addEventListener("change", () => this.announce());
      this.source.addEventListener("open", () => {
        this.wait = 1000;
      });
      this.source.addEventListener("error", () => {
        // A dropped line the browser mends itself; a refused one stays closed, and we ask again, ever less often.
        if (this.source?.readyState !== EventSource.CLOSED) return;
        this.timer = setTimeout(() => this.open(), this.wait);
        this.wait = Math.min(this.wait * 2, 60000);
      });
    }
    close() {
      clearTimeout(this.timer);
      this.source?.close();
      this.source = null;
    }
    announce() {
      if (this.pending) return;
      // Many changes within a moment are one change to the reader.
      this.pending = setTimeout(() => {
        this.pending = null;
        for (const element of this.listeners()) window.htmx?.trigger(element, "live");
      }, 200);
    }
  }

  // Whoever walks the page by keyboard keeps their place when a part of it is drawn anew: htmx itself remembers only
  // elements with an id.
  const STOPS = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  let place = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const held = document.activeElement;
    const part = event.detail.target;
    place = null;
    if (!held || held.id || !part || held === part || !part.contains(held)) return;
    const root = part.id ? document : part.parentElement;
    place = { id: part.id, root, index: [...all(STOPS, part)].indexOf(held) };
  });
  document.addEventListener("htmx:afterSwap", () => {
    const part = place && (place.id ? document.getElementById(place.id) : place.root);
    if (part && document.activeElement === document.body) all(STOPS, part)[place.index]?.focus({ preventScroll: true });
    place = null;
  });

  const listen = () => {
    const wanted = new Set([...all("[data-live]")].map((element) => element.dataset.live).filter(Boolean));
    for (const [url, source] of sources) {
      if (!wanted.has(url)) {
        source.close();
        sources.delete(url);
      }
    }
    if (document.hidden) return;
    for (const url of wanted) if (!sources.has(url)) sources.set(url, new LiveSource(url));
  };

  document.addEventListener("visibilitychange", () => {
    for (const source of sources.values()) {
      if (document.hidden) source.close();
      else {
        source.open();
        source.announce(); // something may have changed meanwhile
      }
    }
    listen();
  });
  window.addEventListener("pagehide", () => sources.forEach((source) => source.close()));
  window.addEventListener("pageshow", (event) => event.persisted && sources.forEach((source) => source.open()));

  // --- toasts: what went wrong while the page stayed ----------------------------------------------------
  const region = document.getElementById("toasts");

  const toast = (text) => {
    if (!region || !text || [...region.children].some((child) => child.firstChild.textContent === text)) return;
    const box = document.createElement("div");
    box.className = "toast";
    const words = document.createElement("span");
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = region.dataset.close;
    close.addEventListener("click", () => box.remove());
    box.append(words, close);
    region.append(box);
    setTimeout(() => box.remove(), 10000);
  };

  document.addEventListener("htmx:sendError", () => toast(region?.dataset.lost));
  document.addEventListener("htmx:timeout", () => toast(region?.dataset.lost));
  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    if (status === 401) toast(region?.dataset.signedOut);
    else toast(`${region?.dataset.failed} (${status})`);
  });

  // --- confirm: [data-confirm="Really?"] on a button or link --------------------------------------------
  const dialog = document.getElementById("confirm");

  document.addEventListener(
    "click",
    (event) => {
      const element = event.target.closest?.("[data-confirm]");
      if (!element || !dialog?.showModal) return;
      if (element.dataset.confirmed) {
        delete element.dataset.confirmed;
        return;
      }
      event.preventDefault();
      event.stopPropagation();
      dialog.querySelector("#confirm-text").textContent = element.dataset.confirm;
      dialog.returnValue = "";
      dialog.addEventListener(
        "close",
        () => {
          if (dialog.returnValue !== "yes") return;
          element.dataset.confirmed = "yes";
          element.click();
        },
        { once: true },
      );
      dialog.showModal();
    },
    true,
  );

  // --- drop zones: [data-drop] around an input of type file ---------------------------------------------
  const sizeOf = (bytes) => {
    const units = ["B", "kB", "MB", "GB"];
    let index = 0;
    while (bytes >= 999.5 && index < units.length - 1) {
      bytes /= 1000;
      index += 1;
    }
    return `${bytes.toFixed(index && bytes < 99.5 ? 1 : 0)} ${units[index]}`;
  };

  const showFiles = (zone, input) => {
    const name = zone.querySelector("[data-drop-name]");
    if (!name) return;
    name.dataset.empty ??= name.textContent;
    const files = [...input.files];
    name.textContent = files.map((file) => `${file.name}, ${sizeOf(file.size)}`).join("; ") || name.dataset.empty;
    zone.classList.toggle("has-file", files.length > 0);
  };

  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const zone = event.target.closest?.("[data-drop]");
      const input = zone?.querySelector("input[type=file]");
      if (!input || input.disabled) return;
      event.preventDefault();
      zone.classList.toggle("is-over", kind === "dragenter" || kind === "dragover");
      if (kind !== "drop" || !event.dataTransfer.files.length) return;
      const kept = new DataTransfer();
      for (const file of [...event.dataTransfer.files].slice(0, input.multiple ? undefined : 1)) kept.items.add(file);
      input.files = kept.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  document.addEventListener("change", (event) => {
    const zone = event.target.type === "file" && event.target.closest("[data-drop]");
    if (zone) showFiles(zone, event.target);
  });
  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.querySelector?.(".drop-progress");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.value = event.detail.loaded / event.detail.total;
  });

  // --- copy: [data-copy="#id"] or [data-copy="text"] ----------------------------------------------------
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    const source = button.dataset.copy.startsWith("#") && document.querySelector(button.dataset.copy);
    const text = source ? (source.value ?? source.textContent.trim()) : button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
      toast(region?.dataset.copied);
    } catch {
      if (source) getSelection().selectAllChildren(source); // no clipboard on plain http: select it instead
    }
  });

  // --- menus: <details class="menu"> close on Escape and on a click elsewhere ---------------------------
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of all("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // --- times: <time data-relative> grows older ----------------------------------------------------------
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en");
  const refreshTimes = () => {
    for (const time of all("time[data-relative]")) {
      const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
      const size = Math.abs(seconds);
      if (size < 45) continue; // the server's “just now” stands
      if (size < 2700) time.textContent = words.format(Math.sign(seconds) * Math.max(1, Math.round(size / 60)), "minute");
      else if (size < 79200) time.textContent = words.format(Math.sign(seconds) * Math.max(1, Math.round(size / 3600)), "hour");
      else time.textContent = words.format(Math.sign(seconds) * Math.max(1, Math.round(size / 86400)), "day");
    }
  };
  setInterval(refreshTimes, 30000);

  // --- a file is sent once, however often one presses -------------------------------------------------------
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-once]");
    if (!form) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => {
    for (const form of all("form[data-once]")) delete form.dataset.sent; // back from the next page
  });

  // --- theme: turn at once, let the server remember ------------------------------------------------------
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-switch]");
    const button = event.submitter;
    if (!form || !button) return;
    event.preventDefault();
    const root = document.documentElement;
    let theme = button.value;
    if (button.classList.contains("tool-icon")) {
      const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      theme = isDark ? "light" : "dark";
    }
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const choice of all(".theme-choice button")) choice.setAttribute("aria-pressed", String(choice.value === theme));
    const body = new FormData(form);
    body.set("theme", theme);
    fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } }).catch(() => toast(region?.dataset.lost));
  });

  document.addEventListener("htmx:load", listen);
  document.addEventListener("htmx:afterSettle", listen);
  listen();
})();
