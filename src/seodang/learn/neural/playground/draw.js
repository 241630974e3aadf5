// Everything painted on a canvas: heat maps, the boundary, points, links, curves. Knows numbers and colours only.

import { REACH } from "./data.js";

const NAMES = ["plus", "minus", "heat-plus", "heat-minus", "heat-mid", "ink", "quiet", "hair", "paper", "accent"];
const SHADES = 511; // of the ramp from minus to plus

/** The page's colours, asked of the style sheet, so that light and dark are decided there alone. */
export function coloursOf(root) {
  const probe = root.querySelector(".pg-probe");
  const colours = Object.fromEntries(NAMES.map((name) => {
    probe.className = `pg-probe pg-probe-${name}`;
    return [name, getComputedStyle(probe).color];
  }));
  colours.ramp = ramp(...["heat-minus", "heat-mid", "heat-plus"].map((name) => numbers(colours[name])));
  return colours;
}

const numbers = (colour) => colour.match(/[\d.]+/g).slice(0, 3).map(Number);

/** SHADES colours as the 32-bit words that a picture holds. */
function ramp(minus, middle, plus) {
  const bytes = new Uint8ClampedArray(4 * SHADES);
  for (let s = 0; s < SHADES; s++) {
    const t = (2 * s) / (SHADES - 1) - 1;
    const end = t < 0 ? minus : plus;
    const share = Math.abs(t) ** 0.8;
    for (let c = 0; c < 3; c++) bytes[4 * s + c] = middle[c] + share * (end[c] - middle[c]);
    bytes[4 * s + 3] = 255;
  }
  return new Uint32Array(bytes.buffer);
}

/** The middles of size × size squares: x1, x2 of each, row by row from the top left. */
export function gridOf(size) {
  const X = new Float64Array(2 * size * size);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const at = 2 * (row * size + column);
      X[at] = REACH * ((2 * column + 1) / size - 1);
      X[at + 1] = -REACH * ((2 * row + 1) / size - 1);
    }
  return X;
}

/** Every `stride`-th value from `offset`, put on the scale from -1 to 1. */
export function scaled(values, offset, stride, scale) {
  const out = new Float32Array(values.length / stride);
  let factor = 1;
  if (scale === "largest") {
    let most = 1e-9;
    for (let i = offset; i < values.length; i += stride) most = Math.max(most, Math.abs(values[i]));
    factor = 1 / most;
  }
  for (let i = 0, at = offset; i < out.length; i++, at += stride) {
    const v = values[at];
    out[i] = scale === "logit" ? Math.tanh(v / 2) : scale === "share" ? 2 * v - 1 : v * factor;
  }
  return out;
}

/** Values on a square grid as colours; the canvas has as many pixels as the grid has squares. */
export function heat(canvas, values, colours, isDiscrete = false) {
  const size = Math.round(Math.sqrt(values.length));
  if (canvas.width !== size) canvas.width = canvas.height = size;
  const context = canvas.getContext("2d");
  if (canvas.picture?.width !== size) canvas.picture = context.createImageData(size, size);
  const words = new Uint32Array(canvas.picture.data.buffer);
  const middle = (SHADES - 1) / 2;
  for (let i = 0; i < values.length; i++) {
    const v = isDiscrete ? Math.sign(values[i]) * 0.8 : Math.min(1, Math.max(-1, values[i]));
    words[i] = colours.ramp[Math.round(middle + middle * (v || 0))];
  }
  context.putImageData(canvas.picture, 0, 0);
}

/** A canvas as sharp as the screen, cleared; drawing is in CSS pixels. */
export function fresh(canvas) {
  const density = Math.min(3, devicePixelRatio || 1);
  const { clientWidth: width, clientHeight: height } = canvas;
  const [w, h] = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const context = canvas.getContext("2d");
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** The line on which the values change their sign (marching squares). */
export function boundary(canvas, values, colours) {
  const { context, width } = fresh(canvas);
  const size = Math.round(Math.sqrt(values.length));
  const step = width / size;
  const at = (k) => (k + 0.5) * step;
  context.beginPath();
  for (let r = 0; r + 1 < size; r++) {
    for (let c = 0; c + 1 < size; c++) {
      const i = r * size + c;
      const a = values[i], b = values[i + 1], d = values[i + size], e = values[i + size + 1];
      const kind = (a > 0) | ((b > 0) << 1) | ((e > 0) << 2) | ((d > 0) << 3);
      if (kind === 0 || kind === 15) continue;
      const ends = [];
      if (a > 0 !== b > 0) ends.push([at(c + a / (a - b)), at(r)]);
      if (b > 0 !== e > 0) ends.push([at(c + 1), at(r + b / (b - e))]);
      if (d > 0 !== e > 0) ends.push([at(c + d / (d - e)), at(r + 1)]);
      if (a > 0 !== d > 0) ends.push([at(c), at(r + a / (a - d))]);
      for (let k = 0; k + 1 < ends.length; k += 2) {
        context.moveTo(...ends[k]);
        context.lineTo(...ends[k + 1]);
      }
    }
  }
  context.lineJoin = context.lineCap = "round";
  context.globalAlpha = 0.85;
  context.strokeStyle = colours.ink;
  context.lineWidth = 1.5;
  context.stroke();
  context.globalAlpha = 1;
}

/** Examples: a class is a colour and a shape (disc, diamond); regression's answer is a colour. Test ones are hollow. */
export function points(canvas, { X, y }, { isClasses, nTrain, showTest, size = 4 }, colours) {
  const { context, width } = fresh(canvas);
  const place = (x) => (width * (x + REACH)) / (2 * REACH);
  const shade = ramp(...["minus", "heat-mid", "plus"].map((name) => numbers(colours[name])));
  context.lineWidth = size > 2.5 ? 1.25 : 0.5;
  for (let i = showTest ? y.length - 1 : nTrain - 1; i >= 0; i--) {
    const [u, v] = [place(X[2 * i]), width - place(X[2 * i + 1])];
    const answer = isClasses ? 2 * y[i] - 1 : Math.min(1, Math.max(-1, y[i]));
    const word = shade[Math.round(((answer + 1) / 2) * (SHADES - 1))];
    const colour = `rgb(${word & 255} ${(word >> 8) & 255} ${(word >> 16) & 255})`;
    context.beginPath();
    if (isClasses && answer < 0) {
      const d = size * 1.2;
      context.moveTo(u, v - d);
      context.lineTo(u + d, v);
      context.lineTo(u, v + d);
      context.lineTo(u - d, v);
      context.closePath();
    } else {
      context.arc(u, v, size, 0, 2 * Math.PI);
    }
    const isTest = i >= nTrain;
    context.fillStyle = isTest ? colours.paper : colour;
    context.strokeStyle = isTest ? colour : colours.paper;
    context.globalAlpha = isTest ? 0.9 : 1;
    context.fill();
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** One curved line for every weight: its width is the weight's size, its colour the sign. */
export function links(canvas, list, colours, chosen = null) {
  const { context } = fresh(canvas);
  context.lineCap = "round";
  for (const link of list) {
    const size = Math.abs(link.weight);
    const isChosen = link === chosen;
    context.globalAlpha = isChosen ? 1 : 0.2 + 0.6 * Math.min(1, size / 2);
    context.strokeStyle = isChosen ? colours.ink : size < 1e-3 ? colours.hair : colours[link.weight > 0 ? "plus" : "minus"];
    context.lineWidth = Math.max(isChosen ? 2 : 0.5, Math.min(7, 1.7 * size ** 0.65));
    context.beginPath();
    context.moveTo(link.x0, link.y0);
    const bend = (link.x1 - link.x0) * 0.5;
    context.bezierCurveTo(link.x0 + bend, link.y0, link.x1 - bend, link.y1, link.x1, link.y1);
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** Where on a link's curve the share t is. */
export function onLink({ x0, y0, x1, y1 }, t) {
  const s = 1 - t, bend = (x1 - x0) * 0.5;
  const mix = (a, b, c, d) => s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d;
  return [mix(x0, x0 + bend, x1 - bend, x1), mix(y0, y0, y1, y1)];
}

/** Losses over epochs: training a full line, test a dashed one. `curves`: {epoch: [], train: [], test: []}. */
export function curves(canvas, { epoch, train, test }, colours) {
  const { context, width, height } = fresh(canvas);
  const [left, right, top, bottom] = [34, 6, 8, 20];
  const last = Math.max(10, epoch.at(-1) ?? 0);
  const values = [...train, ...test].filter(Number.isFinite);
  const most = nice(Math.max(0.05, Math.min(Math.max(...values, 0), 4 * Math.max(values[0] ?? 1, values.at(-1) ?? 0))));
  const across = (e) => left + ((width - left - right) * e) / last;
  const up = (value) => height - bottom - ((height - top - bottom) * Math.min(value, most * 1.02)) / most;
  context.font = `11px ${getComputedStyle(canvas).fontFamily}`;
  context.fillStyle = colours.quiet;
  context.strokeStyle = colours.hair;
  context.lineWidth = 1;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const share of [0, 0.5, 1]) {
    const y = Math.round(up(share * most)) + 0.5;
    context.beginPath();
    context.moveTo(left, y);
    context.lineTo(width - right, y);
    context.stroke();
    context.fillText(short(share * most), left - 6, y);
  }
  context.textBaseline = "alphabetic";
  context.fillText(last.toLocaleString(), width - right, height - 5);
  context.textAlign = "left";
  context.fillText("0", left, height - 5);
  const line = (series, colour, dashes) => {
    context.beginPath();
    let pen = false;
    series.forEach((value, i) => {
      if (!Number.isFinite(value)) return void (pen = false);
      context[pen ? "lineTo" : "moveTo"](across(epoch[i]), up(value));
      pen = true;
    });
    context.strokeStyle = colour;
    context.setLineDash(dashes);
    context.lineWidth = 2;
    context.lineJoin = "round";
    context.stroke();
    context.setLineDash([]);
  };
  line(test, colours.quiet, [5, 4]);
  line(train, colours.accent, []);
}

/** The next 1, 2 or 5 times a power of ten. */
function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((step) => step * power >= value * 0.999) * power;
}

const short = (value) => (value === 0 ? "0" : value >= 1000 ? value.toExponential(0) : String(+value.toPrecision(2)));
