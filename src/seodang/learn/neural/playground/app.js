// The playground: mounts into `<div id="playground" data-lang="ko">`, holds the network, and lets it learn frame by frame.

import { h } from "./build.js";
import { FEATURES, N_POINTS, points as makePoints, shown } from "./data.js";
import * as draw from "./draw.js";
import { LOSSES, Network, OPTIMIZERS, Trainer } from "./network.js";
import { Panels } from "./panels.js";
import { isClasses, read, write } from "./settings.js";
import { Stage } from "./stage.js";
import { LESSONS, languageOf, speaker } from "./words.js";

const EPOCHS_PER_SECOND = { slow: 4, normal: 30, fast: 400 };
const BUSY_MS = 9; // of a frame for learning; the rest is for drawing and for the person
const GRID = 56, FINE_GRID = 140; // squares of a heat map each way, while it moves and at rest
const MOST_SAMPLES = 800; // of the curves, before every other is forgotten
const SPEAK_EVERY_MS = 10_000;

export class Playground {
  constructor(root) {
    this.root = root;
    this.language = languageOf(root);
    this.say = speaker(this.language);
    this.settings = read(location.hash);
    Object.assign(this, { playing: false, speed: "normal", showTest: false, discrete: false, looked: null, pinned: null, spoken: 0 });
    this.build();
    this.restart();
    addEventListener("hashchange", () => location.hash.slice(1) !== this.written && this.adopt(read(location.hash)));
    const recolour = () => this.recolour();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
    new MutationObserver(recolour).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    let width = 0;
    new ResizeObserver(() => {
      if (width !== this.panels.heat.clientWidth) this.drawAll();
      width = this.panels.heat.clientWidth;
    }).observe(this.panels.heat);
  }

  build() {
    this.stage = new Stage(this.say, {
      toggleFeature: (name) => this.toggleFeature(name),
      setLayers: (layers) => this.change({ layers }),
      look: (unit) => this.look(unit),
      pin: (unit) => this.pin(unit),
    });
    this.panels = new Panels(this.say, this, this.stage.element);
    this.root.replaceChildren(h("div", { class: "pg", lang: this.language }, h("i", { class: "pg-probe", "aria-hidden": "true" }), this.panels.elements));
  }

  // --- what a person changes ---

  /** New settings: what the network or the examples are made of begins again; how it learns changes in its stride. */
  change(part) {
    this.settings = { ...this.settings, ...part };
    const goesOn = ["rate", "penalty", "strength", "batch"];
    if (Object.keys(part).every((name) => goesOn.includes(name))) {
      this.trainer.optimizer.rate = this.settings.rate;
      Object.assign(this.trainer, { penalty: this.settings.penalty, strength: this.settings.strength, batch: this.settings.batch });
      this.remember();
    } else {
      this.restart();
    }
  }

  adopt(settings) {
    this.settings = settings;
    this.pinned = null;
    this.restart();
  }

  lesson(name) {
    this.pause();
    this.adopt({ ...read(""), ...LESSONS[name] });
    this.panels.top.scrollIntoView({ block: "nearest" });
    this.panels.playButton.focus();
  }

  toggleFeature(name) {
    const wanted = new Set(this.settings.features);
    if (!wanted.delete(name)) wanted.add(name);
    if (wanted.size) this.change({ features: Object.keys(FEATURES).filter((each) => wanted.has(each)) });
  }

  look(unit) {
    this.looked = unit;
    this.drawPlot();
  }

  pin(unit) {
    const isSame = this.pinned?.layer === unit?.layer && this.pinned?.unit === unit?.unit;
    this.pinned = isSame ? null : unit;
    this.stage.press(this.pinned);
    this.panels.inspect(this.pinned);
    this.drawPlot();
  }

  /** A weight or bias that a person set. */
  setParameter(array, index, value) {
    if (!Number.isFinite(value)) return;
    array[index] = value;
    this.grids.clear();
    this.measure();
    this.drawAll();
  }

  // --- learning ---

  restart() {
    const { data, seed, noise, train, features, layers, activation } = this.settings;
    this.examples = makePoints(data, seed, noise / 100);
    this.nTrain = Math.floor((N_POINTS * train) / 100);
    const X = shown(this.examples.X, features), k = features.length, { y } = this.examples;
    this.trainX = X.slice(0, this.nTrain * k);
    this.trainY = y.slice(0, this.nTrain);
    this.testX = X.slice(this.nTrain * k);
    this.testY = y.slice(this.nTrain);
    this.network = new Network([k, ...layers, 1], activation, seed);
    const loss = isClasses(this.settings) ? LOSSES.binaryCrossEntropy : LOSSES.squaredError;
    const optimizer = new OPTIMIZERS[this.settings.optimizer](this.settings.rate);
    this.trainer = new Trainer(this.network, loss, optimizer, { ...this.settings, X: this.trainX, y: this.trainY });
    this.curves = { epoch: [], train: [], test: [], every: 1 };
    this.grids = new Map();
    this.looked = null;
    if (this.pinned && !(this.network.sizes[this.pinned.layer] > this.pinned.unit && this.pinned.layer > 0)) this.pinned = null;
    this.stage.pinned = this.pinned;
    this.stage.show(this.settings, this.network);
    this.panels.show(this.settings);
    this.measure();
    this.recolour();
    this.panels.inspect(this.pinned);
    this.remember();
  }

  play() {
    if (this.playing) return this.pause();
    this.playing = true;
    this.panels.playing(true);
    this.before = performance.now();
    this.owed = 0;
    requestAnimationFrame((now) => this.frame(now));
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.panels.playing(false);
    this.drawAll();
    this.speak();
  }

  step() {
    this.pause();
    this.learn();
    this.drawAll();
    this.speak();
  }

  learn() {
    this.trainer.epoch();
    this.measure();
  }

  /** One frame: as many epochs as the speed asks for and the frame has room for, then a drawing. */
  frame(now) {
    if (!this.playing || !this.root.isConnected) return;
    this.owed = Math.min(this.owed + (Math.min(100, now - this.before) / 1000) * EPOCHS_PER_SECOND[this.speed], 60);
    this.before = now;
    const began = performance.now();
    let learnt = false;
    while (this.owed >= 1 && performance.now() - began < BUSY_MS) {
      this.learn();
      this.owed -= 1;
      learnt = true;
    }
    this.owed = Math.min(this.owed, 2);
    if (learnt) this.drawAll();
    if (!Number.isFinite(this.trainLoss)) {
      this.pause();
      this.panels.warn(this.say("diverged"));
    } else if (now - this.spoken > SPEAK_EVERY_MS) {
      this.speak(now);
    }
    requestAnimationFrame((later) => this.frame(later));
  }

  measure() {
    this.trainLoss = this.trainer.lossOn(this.trainX, this.trainY);
    this.testLoss = this.trainer.lossOn(this.testX, this.testY);
    const { curves, trainer } = this;
    if (trainer.epochs % curves.every) return;
    const isNew = curves.epoch.at(-1) !== trainer.epochs;
    const at = curves.epoch.length - (isNew ? 0 : 1);
    [curves.epoch[at], curves.train[at], curves.test[at]] = [trainer.epochs, this.trainLoss, this.testLoss];
    if (curves.epoch.length > MOST_SAMPLES) {
      for (const name of ["epoch", "train", "test"]) curves[name] = curves[name].filter((_, i) => i % 2 === 0);
      curves.every *= 2;
    }
  }

  /** The share of test examples on their own side of the boundary; null for regression. */
  accuracy() {
    if (!isClasses(this.settings)) return null;
    const logits = this.network.forward(this.testX, this.testY.length).at(-1);
    return this.testY.reduce((sum, y, i) => sum + (logits[i] > 0 === y > 0), 0) / this.testY.length;
  }

  // --- drawing ---

  recolour() {
    this.colours = draw.coloursOf(this.root);
    const grid = this.gridOf(GRID);
    const all = shown(grid.X, Object.keys(FEATURES));
    const n = Object.keys(FEATURES).length;
    this.inputMaps = Object.fromEntries(Object.keys(FEATURES).map((name, j) => [name, draw.scaled(all, j, n, "largest")]));
    this.stage.drawInputs(this.inputMaps, this.colours);
    this.panels.thumbnails(this.settings, this.colours);
    this.drawAll();
  }

  gridOf(size) {
    if (!this.grids.has(size)) {
      const X = draw.gridOf(size);
      this.grids.set(size, { size, X, shown: shown(X, this.settings.features), answers: null });
    }
    return this.grids.get(size);
  }

  /** What every unit answers on the grid, on the scale from -1 to 1: maps[layer][unit]. */
  mapsOn(size, only = null) {
    const grid = this.gridOf(size);
    const { sizes } = this.network;
    if (grid.epoch !== this.trainer.epochs) {
      grid.answers = this.network.forward(grid.shown, size * size, grid.answers);
      grid.epoch = this.trainer.epochs;
    }
    const hidden = { tanh: "unit", sigmoid: "share" }[this.settings.activation] ?? "largest";
    return grid.answers.map((values, l) => {
      if (l === 0 || (only && only.layer !== l)) return [];
      const isOutput = l === sizes.length - 1;
      const scale = isOutput ? (isClasses(this.settings) ? "logit" : "unit") : hidden;
      return Array.from({ length: sizes[l] }, (_, u) => (only && only.unit !== u ? null : draw.scaled(values, u, sizes[l], scale)));
    });
  }

  drawAll() {
    this.maps = this.mapsOn(GRID);
    this.stage.draw(this.maps, this.colours);
    this.drawPlot();
    this.panels.numbers(this);
  }

  /** The large picture: the unit pointed at, else the one kept, else the output. */
  drawPlot() {
    const last = this.network.sizes.length - 1;
    const at = this.looked ?? this.pinned ?? { layer: last, unit: 0 };
    const isOutput = at.layer === last;
    const values = at.feature ? this.inputMaps[at.feature]
      : this.playing ? this.maps[at.layer][at.unit] : this.mapsOn(FINE_GRID, at)[at.layer][at.unit];
    const { panels, colours } = this;
    draw.heat(panels.heat, values, colours, this.discrete && isOutput && isClasses(this.settings));
    draw.boundary(panels.line, values, colours);
    draw.points(panels.dots, this.examples, { isClasses: isClasses(this.settings), nTrain: this.nTrain, showTest: this.showTest, size: panels.dots.clientWidth > 260 ? 4 : 3 }, colours);
    panels.title(at, isOutput);
  }

  // --- telling ---

  remember() {
    const others = new URLSearchParams(location.hash.slice(1)).get("lang");
    this.written = write(this.settings) + (others ? `&lang=${encodeURIComponent(others)}` : "");
    history.replaceState(history.state, "", `#${this.written}`);
    this.panels.code(this.settings);
  }

  /** For those who listen: at every pause, and now and then in between. */
  speak(now = performance.now()) {
    this.spoken = now;
    this.panels.live.textContent = this.say("said", { epoch: this.trainer.epochs, train: this.trainLoss.toFixed(3), test: this.testLoss.toFixed(3) });
  }
}

const root = document.getElementById("playground");
if (root) root.playground = new Playground(root);
