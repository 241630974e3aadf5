// Small helpers that make elements. No markup is ever parsed, so nothing said in an address becomes markup.

/** h("button", { class: "pg-x", onclick: f, "aria-label": "…" }, child, …) */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const ICONS = {
  play: "M7 4.5v15l12.5-7.5z",
  pause: "M6.5 4.5h4v15h-4zM13.5 4.5h4v15h-4z",
  step: "M5 4.5v15l10-7.5zM16.5 4.5h3v15h-3z",
  reset: "M12 5V1.5L6.5 6.5 12 11.5V8a5.5 5.5 0 1 1-5.5 5.5H3.5A8.5 8.5 0 1 0 12 5z",
  shuffle: "M3 6h4l9 12h5M3 18h4l2.5-3.3M13 9.300 16 6h5M18.500 3.500 21 6l-2.500 2.500M18.500 15.500 21 18l-2.500 2.500",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", name === "shuffle" ? "pg-icon pg-icon-line" : "pg-icon");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A labelled choice; `options`: [[value, text], …]. A value that is not among them joins them. */
export function choice(label, value, options, change) {
  const select = h("select", { onchange: () => change(select.value) });
  const set = (now) => {
    const known = options.some(([each]) => String(each) === String(now));
    select.replaceChildren(...(known ? options : [...options, [now, String(now)]]).map(([each, text]) => h("option", { value: each }, text)));
    select.value = String(now);
  };
  set(value);
  return { element: h("label", { class: "pg-field" }, h("span", { class: "pg-label" }, label), select), set };
}

/** A labelled slider that shows its value. */
export function slider(label, value, { min, max, step, unit = "" }, change) {
  const shown = h("span", { class: "pg-value", "aria-hidden": "true" });
  const input = h("input", { type: "range", min, max, step, oninput: () => { show(); change(+input.value); } });
  const show = () => {
    shown.textContent = `${input.value}${unit}`;
    input.setAttribute("aria-valuetext", shown.textContent);
  };
  const set = (now) => {
    input.value = now;
    show();
  };
  set(value);
  return { element: h("label", { class: "pg-field pg-slide" }, h("span", { class: "pg-label" }, label, " ", shown), input), set };
}

/** A labelled tick box. */
export function tick(label, checked, change) {
  const input = h("input", { type: "checkbox", checked, onchange: () => change(input.checked) });
  return h("label", { class: "pg-tick" }, input, h("span", {}, label));
}
