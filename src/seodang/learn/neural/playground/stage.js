// The network as a picture: a column for the features, one for each hidden layer, the output; links beneath them.
// Every unit is a button that holds a small heat map of its own response.

import { FEATURES } from "./data.js";
import { heat, links, onLink } from "./draw.js";
import { MOST_LAYERS, MOST_UNITS } from "./settings.js";
import { h } from "./build.js";

const NEAR = 7; // pixels between the pointer and a link that count as pointing at it

export class Stage {
  /** `does`: toggleFeature(name), setLayers(layers), look(unit | null), pin(unit). A unit: { layer, unit, feature? };
   *  layer 0 are the features, the last one the output. */
  constructor(say, does) {
    Object.assign(this, { say, does, list: [], chosen: null, pinned: null });
    this.canvas = h("canvas", { class: "pg-links", "aria-hidden": "true" });
    this.columns = h("div", { class: "pg-columns" });
    this.tip = h("div", { class: "pg-tip", hidden: true, "aria-hidden": "true" });
    this.field = h("div", { class: "pg-field-of-units" }, this.canvas, this.columns, this.tip);
    this.count = h("span", { class: "pg-count" });
    this.fewer = h("button", { type: "button", class: "pg-small", "aria-label": say("removeLayer"), onclick: () => this.layer(-1) }, "−");
    this.more = h("button", { type: "button", class: "pg-small", "aria-label": say("addLayer"), onclick: () => this.layer(+1) }, "+");
    this.element = h("section", { class: "pg-net", "aria-labelledby": "pg-net" },
      h("div", { class: "pg-head" }, h("h2", { id: "pg-net" }, say("network")),
        h("div", { class: "pg-layers", role: "group", "aria-label": say("hidden") }, this.fewer, this.count, this.more)),
      this.field,
      h("p", { class: "pg-hint" }, say("hint")));
    this.field.addEventListener("pointermove", (event) => this.point(event));
    this.field.addEventListener("pointerleave", () => this.choose(null));
    new ResizeObserver(() => this.measure()).observe(this.field);
  }

  layer(change) {
    const layers = [...this.settings.layers];
    if (change > 0) layers.push(Math.min(MOST_UNITS, layers.at(-1) ?? 4));
    else layers.pop();
    this.does.setLayers(layers);
  }

  /** Put up the columns for these settings; the focus stays on the control that changed them. */
  show(settings, network) {
    const focused = this.columns.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    Object.assign(this, { settings, network, chosen: null });
    this.tip.hidden = true;
    const { layers } = settings;
    this.count.textContent = this.say(layers.length === 1 ? "layerNow" : "layersNow", { n: layers.length });
    this.fewer.disabled = layers.length === 0;
    this.more.disabled = layers.length === MOST_LAYERS;
    this.inputs = Object.keys(FEATURES).map((name) => this.feature(name));
    this.units = layers.map((n, l) => Array.from({ length: n }, (_, u) => this.unit(l + 1, u)));
    this.output = this.unit(layers.length + 1, 0);
    this.columns.replaceChildren(
      h("div", { class: "pg-column pg-inputs" }, h("span", { class: "pg-column-head" }, this.say("features")), h("div", { class: "pg-units" }, this.inputs.map((each) => each.element))),
      ...this.units.map((column, l) => h("div", { class: "pg-column" }, this.head(l), h("div", { class: "pg-units" }, column.map((each) => each.element)))),
      h("div", { class: "pg-column pg-last" }, h("span", { class: "pg-column-head" }, this.say("answer")), h("div", { class: "pg-units" }, this.output.element)));
    this.field.classList.toggle("pg-deep", layers.length > 3);
    if (focused) this.columns.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    this.measure();
  }

  head(l) {
    const change = (by) => this.does.setLayers(this.settings.layers.map((n, at) => (at === l ? n + by : n)));
    const n = this.settings.layers[l];
    const button = (text, key, by, isOff) => h("button", {
      type: "button", class: "pg-small", "data-key": `${key}${l}`, disabled: isOff,
      "aria-label": this.say(key, { layer: l + 1 }), onclick: () => change(by),
    }, text);
    return h("span", { class: "pg-column-head" }, button("−", "removeUnit", -1, n === 1), h("span", { class: "pg-n" }, String(n)), button("+", "addUnit", +1, n === MOST_UNITS));
  }

  feature(name) {
    const isOn = this.settings.features.includes(name);
    const at = { layer: 0, unit: this.settings.features.indexOf(name), feature: name };
    const made = this.button(at, this.say("featureOn", { name: this.say("names")[name] }), () => this.does.toggleFeature(name), isOn);
    made.element.append(h("span", { class: "pg-name" }, this.say("names")[name]));
    return { ...made, isOn };
  }

  unit(layer, unit) {
    const isOutput = layer === this.settings.layers.length + 1;
    const label = isOutput ? this.say("outputUnit") : this.say("unit", { layer, unit: unit + 1 });
    return this.button({ layer, unit }, label, () => this.does.pin({ layer, unit }), this.pinned?.layer === layer && this.pinned.unit === unit);
  }

  button(at, label, click, isPressed) {
    const canvas = h("canvas", { width: 1, height: 1 });
    const look = (event) => event.pointerType !== "touch" && this.does.look(at);
    const element = h("button", {
      type: "button", class: "pg-unit", "aria-label": label, "aria-pressed": String(isPressed), "data-key": `u${at.layer}-${at.feature ?? at.unit}`,
      onclick: click, onpointerenter: look, onpointerleave: () => this.does.look(null), onfocus: () => element.matches(":focus-visible") && this.does.look(at), onblur: () => this.does.look(null),
    }, canvas);
    return { element, canvas, at };
  }

  press(pinned) {
    this.pinned = pinned;
    for (const each of [...this.units.flat(), this.output])
      each.element.setAttribute("aria-pressed", String(pinned?.layer === each.at.layer && pinned.unit === each.at.unit));
  }

  /** Where every link begins and ends, in pixels of the field. */
  measure() {
    if (!this.network || !this.field.isConnected) return;
    const origin = this.field.getBoundingClientRect();
    const ends = (each) => {
      const box = each.canvas.getBoundingClientRect();
      return { left: box.left - origin.left, right: box.right - origin.left, y: box.top + box.height / 2 - origin.top };
    };
    const columns = [this.inputs.filter((each) => each.isOn), ...this.units, [this.output]].map((column) => column.map(ends));
    this.list = [];
    for (let l = 0; l + 1 < columns.length; l++)
      columns[l].forEach((from, i) => columns[l + 1].forEach((to, j) => {
        this.list.push({ l, at: i * columns[l + 1].length + j, x0: from.right, y0: from.y, x1: to.left, y1: to.y, weight: 0 });
      }));
    this.drawLinks();
  }

  drawLinks() {
    if (!this.colours || !this.network) return;
    for (const link of this.list) link.weight = this.network.weights[link.l][link.at] ?? 0;
    links(this.canvas, this.list, this.colours, this.chosen);
    if (this.chosen) this.tip.textContent = this.say("weightTip", { value: this.chosen.weight.toFixed(3) });
  }

  /** `maps[layer][unit]`: values on the grid, for the hidden layers and the output. */
  draw(maps, colours) {
    this.colours = colours;
    this.units.forEach((column, l) => column.forEach((each, u) => heat(each.canvas, maps[l + 1][u], colours)));
    heat(this.output.canvas, maps.at(-1)[0], colours);
    this.drawLinks();
  }

  /** `features`: name → values on the grid. */
  drawInputs(features, colours) {
    for (const each of this.inputs) heat(each.canvas, features[each.at.feature], colours);
  }

  point(event) {
    if (event.pointerType === "touch" || event.target.closest("button")) return this.choose(null);
    const origin = this.field.getBoundingClientRect();
    const [x, y] = [event.clientX - origin.left, event.clientY - origin.top];
    let best = null, nearest = NEAR;
    for (const link of this.list) {
      if (x < link.x0 || x > link.x1) continue;
      for (let t = 0.05; t < 1; t += 0.05) {
        const [u, v] = onLink(link, t);
        const distance = Math.hypot(u - x, v - y);
        if (distance < nearest) [best, nearest] = [link, distance];
      }
    }
    this.choose(best, x, y);
  }

  choose(link, x = 0, y = 0) {
    if (link === null && this.chosen === null) return;
    this.chosen = link;
    this.tip.hidden = link === null;
    if (link) {
      this.tip.style.left = `${x + 12}px`;
      this.tip.style.top = `${y + 12}px`;
    }
    this.drawLinks();
  }
}
