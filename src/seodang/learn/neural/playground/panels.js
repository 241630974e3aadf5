// The controls and pictures around the network: running, settings, data, the large picture, curves, things to try.

import { choice, h, icon, slider, tick } from "./build.js";
import { CLASSES, REGRESSION, points as makePoints } from "./data.js";
import * as draw from "./draw.js";
import { inKeras, inTerminal } from "./code.js";
import { isClasses } from "./settings.js";
import { LESSONS } from "./words.js";

const RATES = [0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const STRENGTHS = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];
const INSPECT_EVERY_MS = 200;

export class Panels {
  /** `app`: change(settings), play(), step(), restart(), lesson(name), pin(unit), setParameter(array, index, value). */
  constructor(say, app, stage) {
    Object.assign(this, { say, app, inspected: 0 });
    this.live = h("p", { class: "pg-hidden", "aria-live": "polite" });
    this.warning = h("p", { class: "pg-warning", role: "alert", hidden: true });
    this.top = this.runBar();
    const output = this.outputPanel();
    stage.append(this.inspector);
    this.main = h("div", { class: "pg-main" }, this.dataPanel(), stage, output);
    this.elements = [this.top, this.warning, this.main, this.lessons(), this.more(), this.live];
  }

  // --- running and settings ---

  runBar() {
    const { say, app } = this;
    const round = (name, text, click, extra = "") => h("button", { type: "button", class: `pg-round ${extra}`, "aria-label": text, title: text, onclick: click }, icon(name));
    this.playButton = round("play", say("play"), () => app.play(), "pg-play");
    this.epoch = h("output", { class: "pg-epoch-number" }, "0");
    const pairs = (names, text = (name) => say(name)) => names.map((name) => [name, text(name)]);
    this.fields = {
      rate: choice(say("rate"), 0.03, pairs(RATES, String), (value) => app.change({ rate: +value })),
      activation: choice(say("activation"), "tanh", [["tanh", "tanh"], ["relu", "ReLU"], ["sigmoid", "sigmoid"], ["linear", say("linear")]], (activation) => app.change({ activation })),
      optimizer: choice(say("optimizer"), "adam", [["sgd", say("sgd")], ["momentum", say("momentum")], ["adam", "Adam"]], (optimizer) => app.change({ optimizer })),
      penalty: choice(say("penalty"), "none", [["none", say("none")], ["l1", "L1"], ["l2", "L2"]], (penalty) => this.penalise(penalty)),
      strength: choice(say("strength"), 0, pairs(STRENGTHS, String), (value) => app.change({ strength: +value })),
      problem: choice(say("problem"), "classes", pairs(["classes", "regression"]), (problem) => app.change({ data: problem === "classes" ? "circle" : "plane" })),
    };
    const speed = choice(say("speed"), "normal", pairs(["slow", "normal", "fast"]), (value) => { app.speed = value; });
    return h("div", { class: "pg-bar" },
      h("div", { class: "pg-run", role: "group", "aria-label": say("run") },
        round("reset", say("reset"), () => app.restart()), this.playButton, round("step", say("step"), () => app.step()),
        h("div", { class: "pg-epoch" }, h("span", { class: "pg-label" }, say("epoch")), this.epoch)),
      h("div", { class: "pg-settings", role: "group", "aria-label": say("settings") },
        speed.element, ...["rate", "activation", "optimizer", "penalty", "strength", "problem"].map((name) => this.fields[name].element)));
  }

  /** A penalty without strength would do nothing; a sensible one comes with it. */
  penalise(penalty) {
    const strength = penalty === "none" ? 0 : this.app.settings.strength || 0.003;
    this.fields.strength.set(strength);
    this.app.change({ penalty, strength });
  }

  // --- data ---

  dataPanel() {
    const { say, app } = this;
    this.sets = h("div", { class: "pg-sets", role: "radiogroup", "aria-label": say("set") });
    const seed = h("input", { type: "number", id: "pg-seed", min: 0, max: 4294967295, step: 1, class: "pg-seed", onchange: () => Number.isInteger(+seed.value) && +seed.value >= 0 && +seed.value < 2 ** 32 ? app.change({ seed: +seed.value }) : (seed.value = app.settings.seed) });
    this.seed = seed;
    this.sliders = {
      noise: slider(say("noise"), 10, { min: 0, max: 50, step: 5, unit: " %" }, (noise) => app.change({ noise })),
      train: slider(say("train"), 50, { min: 10, max: 90, step: 10, unit: " %" }, (train) => app.change({ train })),
      batch: slider(say("batch"), 10, { min: 1, max: 50, step: 1 }, (batch) => app.change({ batch })),
    };
    return h("section", { class: "pg-data", "aria-labelledby": "pg-data" },
      h("div", { class: "pg-head" }, h("h2", { id: "pg-data" }, say("data"))),
      this.sets,
      h("div", { class: "pg-sliders" }, ...Object.values(this.sliders).map((each) => each.element),
        h("div", { class: "pg-field" }, h("label", { class: "pg-label", for: "pg-seed" }, say("seed")),
          h("span", { class: "pg-seed-row" }, seed, h("button", { type: "button", class: "pg-small", "aria-label": say("shuffle"), title: say("shuffle"), onclick: () => app.change({ seed: Math.floor(Math.random() * 1000) }) }, icon("shuffle"))))));
  }

  show(settings) {
    for (const name of ["rate", "activation", "optimizer", "penalty", "strength"]) this.fields[name].set(settings[name]);
    this.fields.problem.set(isClasses(settings) ? "classes" : "regression");
    this.fields.strength.element.classList.toggle("pg-idle", settings.penalty === "none");
    this.fields.strength.element.querySelector("select").disabled = settings.penalty === "none";
    for (const name of ["noise", "train", "batch"]) this.sliders[name].set(settings[name]);
    this.seed.value = settings.seed;
    this.warning.hidden = true;
    const names = Object.keys(isClasses(settings) ? CLASSES : REGRESSION);
    if (this.shownSets !== names.join()) {
      this.shownSets = names.join();
      this.sets.replaceChildren(...names.map((name) => h("label", { class: "pg-set" },
        h("input", { type: "radio", name: "pg-set", value: name, class: "pg-hidden", onchange: () => this.app.change({ data: name }) }),
        h("canvas", { "data-set": name, "aria-hidden": "true" }), h("span", {}, this.say(name)))));
    }
    for (const radio of this.sets.querySelectorAll("input")) radio.checked = radio.value === settings.data;
    this.discrete.hidden = !isClasses(settings);
    this.legend.replaceChildren(...this.legendOf(settings));
  }

  thumbnails(settings, colours) {
    for (const canvas of this.sets.querySelectorAll("canvas")) {
      const examples = makePoints(canvas.dataset.set, settings.seed, settings.noise / 100);
      const n = 150;
      draw.points(canvas, { X: examples.X.slice(0, 2 * n), y: examples.y.slice(0, n) }, { isClasses: isClasses(settings), nTrain: n, showTest: false, size: 1.7 }, colours);
    }
  }

  // --- what it says ---

  outputPanel() {
    const { say, app } = this;
    this.heat = h("canvas", { class: "pg-heat" });
    this.line = h("canvas");
    this.dots = h("canvas");
    this.heading = h("h2", { id: "pg-out" }, say("output"));
    this.back = h("button", { type: "button", class: "pg-link", hidden: true, onclick: () => app.pin(null) }, say("close"));
    this.plot = h("div", { class: "pg-plot", role: "img" }, this.heat, this.line, this.dots);
    this.legend = h("div", { class: "pg-legend" });
    this.discrete = tick(say("discrete"), false, (on) => { app.discrete = on; app.drawPlot(); });
    this.values = { train: h("b"), test: h("b"), right: h("b") };
    this.rightness = h("div", {}, h("span", {}, say("accuracy")), this.values.right);
    this.chart = h("canvas", { class: "pg-curves", role: "img" });
    this.inspector = h("div", { class: "pg-inspector", role: "group", hidden: true });
    return h("section", { class: "pg-out", "aria-labelledby": "pg-out" },
      h("div", { class: "pg-head" }, this.heading, this.back),
      h("div", { class: "pg-out-body" },
        h("div", { class: "pg-plot-box" }, this.plot, this.legend,
          h("div", { class: "pg-ticks" },
            tick(say("showTest"), false, (on) => { app.showTest = on; app.drawPlot(); }),
            this.discrete)),
        h("div", { class: "pg-told" },
          h("div", { class: "pg-numbers" },
            h("div", { class: "pg-is-train" }, h("span", {}, say("trainLoss")), this.values.train),
            h("div", { class: "pg-is-test" }, h("span", {}, say("testLoss")), this.values.test), this.rightness),
          this.chart)));
  }

  legendOf(settings) {
    const item = (kind, text) => h("span", { class: `pg-key pg-key-${kind}` }, text);
    const { say } = this;
    return isClasses(settings) ? [item("minus", say("classZero")), item("plus", say("classOne"))]
      : [h("span", {}, say("low")), h("span", { class: "pg-ramp", "aria-hidden": "true" }), h("span", {}, say("high"))];
  }

  title(at, isOutput) {
    const { say } = this;
    const name = at.feature ? say("featureOn", { name: say("names")[at.feature] }) : isOutput ? say("output") : say("unit", { layer: at.layer, unit: at.unit + 1 });
    if (this.heading.textContent !== name) this.heading.textContent = name;
    this.plot.classList.toggle("pg-looking", !isOutput);
  }

  numbers(app) {
    const text = (value) => (Number.isFinite(value) ? (value >= 1000 ? value.toExponential(1) : value.toFixed(3)) : "∞");
    const [train, test] = [text(app.trainLoss), text(app.testLoss)];
    const right = app.accuracy();
    this.epoch.textContent = app.trainer.epochs.toLocaleString("en");
    this.values.train.textContent = train;
    this.values.test.textContent = test;
    this.rightness.hidden = right === null;
    if (right !== null) this.values.right.textContent = `${(100 * right).toFixed(0)} %`;
    draw.curves(this.chart, app.curves, app.colours);
    const what = this.say("plotOf")[isClasses(app.settings) ? "classes" : "regression"];
    this.plot.setAttribute("aria-label", this.say("plotLabel", { what, train, test }));
    this.chart.setAttribute("aria-label", this.say("curveLabel", { epochs: app.trainer.epochs, train, test }));
    const now = performance.now();
    if (this.follow && (!app.playing || now - this.inspected > INSPECT_EVERY_MS)) {
      this.inspected = now;
      this.follow();
    }
  }

  playing(on) {
    this.playButton.replaceChildren(icon(on ? "pause" : "play"));
    const text = this.say(on ? "pause" : "play");
    this.playButton.setAttribute("aria-label", text);
    this.playButton.title = text;
    this.top.classList.toggle("pg-is-playing", on);
  }

  warn(text) {
    this.warning.textContent = text;
    this.warning.hidden = false;
  }

  /** The bias and the incoming weights of one unit, to be read and changed. */
  inspect(unit) {
    this.inspector.hidden = this.back.hidden = !unit;
    this.follow = null;
    this.inspector.replaceChildren();
    if (!unit) return;
    const { say, app } = this;
    const { network, settings } = app;
    const l = unit.layer - 1, nOut = network.sizes[unit.layer];
    const nameOf = (i) => (l === 0 ? say("names")[settings.features[i]] : say("unit", { layer: l, unit: i + 1 }));
    const rows = [[say("bias"), network.biases[l], unit.unit], ...Array.from({ length: network.sizes[l] }, (_, i) => [say("weightFrom", { name: nameOf(i) }), network.weights[l], i * nOut + unit.unit])];
    const inputs = rows.map(([name, array, index]) => {
      const input = h("input", { type: "number", step: 0.1, onchange: () => app.setParameter(array, index, input.valueAsNumber) });
      return [name, array, index, input];
    });
    this.follow = () => {
      for (const [, array, index, input] of inputs) if (input !== document.activeElement || !app.playing) input.value = array[index].toFixed(3);
    };
    const last = unit.layer === network.sizes.length - 1;
    const name = last ? say("outputUnit") : say("unit", { layer: unit.layer, unit: unit.unit + 1 });
    this.inspector.setAttribute("aria-label", name);
    this.inspector.replaceChildren(h("h3", {}, name), ...inputs.map(([name, , , input]) => h("label", { class: "pg-field" }, h("span", { class: "pg-label" }, name), input)));
    this.follow();
  }

  // --- below ---

  lessons() {
    const { say, app } = this;
    const card = (name, i) => {
      const [title, text] = say("lesson")[name];
      return h("li", {}, h("button", { type: "button", class: "pg-lesson", onclick: () => app.lesson(name) }, h("span", { class: "pg-ordinal", "aria-hidden": "true" }, String(i + 1)), h("strong", {}, title), h("span", {}, text)));
    };
    return h("section", { class: "pg-lessons", "aria-labelledby": "pg-lessons" },
      h("h2", { id: "pg-lessons" }, say("lessons")), h("p", {}, say("lessonsHint")), h("ol", {}, Object.keys(LESSONS).map(card)));
  }

  more() {
    const { say } = this;
    this.terminal = h("pre", { tabindex: 0, "aria-label": say("sameTerminal") });
    this.keras = h("pre", { tabindex: 0, "aria-label": say("sameKeras") });
    const said = h("span", { role: "status" });
    const share = h("button", { type: "button", class: "pg-button", onclick: async () => {
      try {
        await navigator.clipboard.writeText(location.href);
        said.textContent = say("copied");
      } catch {
        said.textContent = say("copyFailed");
      }
    } }, say("share"));
    return h("section", { class: "pg-more" },
      h("p", { class: "pg-share" }, share, said),
      h("details", {}, h("summary", {}, say("how")), h("ul", {}, say("howText").map((text) => h("li", {}, text)))),
      h("details", {}, h("summary", {}, say("same")), h("p", {}, say("sameTerminal")), this.terminal, h("p", {}, say("sameKeras")), this.keras));
  }

  code(settings) {
    this.terminal.textContent = inTerminal(settings);
    this.keras.textContent = inKeras(settings);
  }
}
