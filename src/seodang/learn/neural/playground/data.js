// Points in the plane to learn from, and what the network is shown of them: the same as `data.py` and `features.py`.

import { Dice } from "./dice.js";

export const REACH = 3; // the square that is drawn: -3 to 3 both ways
export const N_POINTS = 400;

const half = (n, i) => (i >= Math.floor(n / 2) ? 1 : 0);

function polar(radius, angle) {
  const X = new Float64Array(2 * radius.length);
  radius.forEach((r, i) => {
    X[2 * i] = r * Math.cos(angle[i]);
    X[2 * i + 1] = r * Math.sin(angle[i]);
  });
  return X;
}

function square(n, dice) {
  return dice.uniform(2 * n).map((u) => 5 * u - 2.5);
}

function circle(n, dice) {
  const inner = dice.uniform(n), outer = dice.uniform(n), around = dice.uniform(n);
  const y = new Float64Array(n).map((_, i) => half(n, i));
  const radius = y.map((one, i) => (one ? 1.2 * Math.sqrt(inner[i]) : 1.8 + 0.7 * outer[i]));
  return [polar(radius, around.map((u) => 2 * Math.PI * u)), y];
}

function xor(n, dice) {
  const X = square(n, dice).map((x) => x + (x > 0 ? 0.15 : -0.15));
  return [X, new Float64Array(n).map((_, i) => (X[2 * i] * X[2 * i + 1] > 0 ? 1 : 0))];
}

function gaussians(n, dice) {
  const y = new Float64Array(n).map((_, i) => half(n, i));
  return [dice.normal(2 * n).map((z, i) => (y[i >> 1] ? 1.2 : -1.2) + 0.5 * z), y];
}

function spiral(n, dice) {
  const y = new Float64Array(n).map((_, i) => half(n, i));
  const along = dice.uniform(n).map(Math.sqrt);
  const angle = along.map((s, i) => 1.75 * 2 * Math.PI * s + Math.PI * y[i]);
  return [polar(along.map((s) => 2.6 * s + 0.1), angle), y];
}

function moons(n, dice) {
  const y = new Float64Array(n).map((_, i) => half(n, i));
  const X = new Float64Array(2 * n);
  dice.uniform(n).forEach((u, i) => {
    const angle = Math.PI * u;
    X[2 * i] = 1.5 * ((y[i] ? 1 - Math.cos(angle) : Math.cos(angle)) - 0.5);
    X[2 * i + 1] = 1.5 * ((y[i] ? 0.5 - Math.sin(angle) : Math.sin(angle)) - 0.25);
  });
  return [X, y];
}

function plane(n, dice) {
  const X = square(n, dice);
  return [X, new Float64Array(n).map((_, i) => (X[2 * i] + X[2 * i + 1]) / 5)];
}

const HILLS = [[1.3, 1.3, 1], [-1.3, -1.3, 1], [1.3, -1.3, -1], [-1.3, 1.3, -1]];

function gauss(n, dice) {
  const X = square(n, dice);
  const y = new Float64Array(n);
  for (const [m1, m2, height] of HILLS)
    for (let i = 0; i < n; i++) y[i] += height * Math.exp(-((X[2 * i] - m1) ** 2 + (X[2 * i + 1] - m2) ** 2));
  return [X, y];
}

export const CLASSES = { circle, xor, gaussians, spiral, moons };
export const REGRESSION = { plane, gauss };
const SETS = { ...CLASSES, ...REGRESSION };

/** X: x1, x2 of each point, one after the other; y: 0 or 1, or about -1 to 1. In a random order. */
export function points(name, seed, noise, n = N_POINTS) {
  const dice = new Dice(seed);
  let [X, y] = SETS[name](n, dice);
  if (name in CLASSES) {
    const shift = dice.normal(2 * n);
    X = X.map((x, i) => x + noise * shift[i]);
  } else {
    const shift = dice.normal(n);
    y = y.map((value, i) => value + noise * shift[i]);
  }
  const order = dice.order(n);
  return {
    X: new Float64Array(2 * n).map((_, i) => X[2 * order[i >> 1] + (i & 1)]),
    y: y.map((_, i) => y[order[i]]),
  };
}

export const FEATURES = {
  "x1": (x1) => x1,
  "x2": (x1, x2) => x2,
  "x1^2": (x1) => x1 * x1,
  "x2^2": (x1, x2) => x2 * x2,
  "x1x2": (x1, x2) => x1 * x2,
  "sin2x1": (x1) => Math.sin(2 * x1),
  "sin2x2": (x1, x2) => Math.sin(2 * x2),
};

/** X with two columns → one column for each named feature, row by row. */
export function shown(X, names) {
  const n = X.length / 2, k = names.length;
  const out = new Float64Array(n * k);
  names.forEach((name, j) => {
    const feature = FEATURES[name];
    for (let i = 0; i < n; i++) out[i * k + j] = feature(X[2 * i], X[2 * i + 1]);
  });
  return out;
}
