// What only the thin page of its own needs (on the site, the site does it): the page's language, and two buttons.

import { h } from "./build.js";
import { languageOf, speaker } from "./words.js";

const TITLES = { en: "Neural network playground", ko: "신경망 놀이터" };
const mount = document.getElementById("playground");
const html = document.documentElement;
html.removeAttribute("lang"); // so that the browser's own language is asked where the address names none
const language = languageOf(mount);
const say = speaker(language);
html.lang = language;
document.title = `${TITLES[language]} · Seodang`;
document.getElementById("title").textContent = TITLES[language];

const isDark = () => (html.dataset.theme ? html.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);

function otherLanguage() {
  const address = new URL(location.href);
  const hash = new URLSearchParams(address.hash.slice(1));
  hash.delete("lang");
  address.hash = hash;
  address.searchParams.set("lang", language === "ko" ? "en" : "ko");
  location.assign(address);
}

document.getElementById("tools").append(
  h("button", { type: "button", lang: language === "ko" ? "en" : "ko", onclick: otherLanguage }, say("language")),
  h("button", { type: "button", onclick: () => { html.dataset.theme = isDark() ? "light" : "dark"; } }, say("theme")),
);
