// The settings of one trial: the names and defaults of `experiment.py`, kept in the address behind #.

import { CLASSES, FEATURES, REGRESSION } from "./data.js";
import { ACTIVATIONS, OPTIMIZERS, PENALTIES } from "./network.js";

export const MOST_LAYERS = 6, MOST_UNITS = 8;

export const DEFAULTS = Object.freeze({
  data: "circle", noise: 10, train: 50, features: ["x1", "x2"], layers: [4, 4], activation: "tanh",
  optimizer: "adam", rate: 0.01, penalty: "none", strength: 0, batch: 10, seed: 3,
});

const oneOf = (choices) => (text) => (Object.hasOwn(choices, text) ? text : undefined);
const whole = (low, high) => (text) => (/^\d+$/.test(text) && +text >= low && +text <= high ? +text : undefined);
const real = (low, high) => (text) => (text !== "" && +text >= low && +text <= high ? +text : undefined);

const READ = {
  data: oneOf({ ...CLASSES, ...REGRESSION }),
  noise: whole(0, 50),
  train: whole(10, 90),
  features(text) {
    const names = Object.keys(FEATURES).filter((name) => text.split(",").includes(name));
    return names.length ? names : undefined;
  },
  layers(text) {
    const units = text.split(",").filter(Boolean).map(Number);
    const fits = units.length <= MOST_LAYERS && units.every((n) => Number.isInteger(n) && n >= 1 && n <= MOST_UNITS);
    return fits ? units : undefined;
  },
  activation: oneOf(ACTIVATIONS),
  optimizer: oneOf(OPTIMIZERS),
  rate: real(1e-6, 10),
  penalty: oneOf(PENALTIES),
  strength: real(0, 10),
  batch: whole(1, 400),
  seed: whole(0, 2 ** 32 - 1),
};

/** What an address says, and the default wherever it says nothing sensible. */
export function read(hash) {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const settings = structuredClone({ ...DEFAULTS });
  for (const [name, reader] of Object.entries(READ)) {
    if (said.has(name)) settings[name] = reader(said.get(name)) ?? settings[name];
  }
  return settings;
}

/** The part of an address behind #: all settings, so that a link keeps its meaning when defaults change. */
export function write(settings) {
  return Object.keys(DEFAULTS).map((name) => `${name}=${encodeURIComponent(settings[name]).replaceAll("%2C", ",")}`).join("&");
}

export const isClasses = (settings) => settings.data in CLASSES;
