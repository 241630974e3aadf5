// The network of `network.py`, its losses, penalties and optimizers, with the same arithmetic.
// A matrix is a Float64Array, row by row; a row is an example.

import { Dice, ORDER, WEIGHTS } from "./dice.js";

const sigmoid = (z) => 0.5 * (1 + Math.tanh(0.5 * z));

/** [what a unit does with its sum, the slope of that told from the answer] */
export const ACTIVATIONS = {
  tanh: [Math.tanh, (a) => 1 - a * a],
  relu: [(z) => (z > 0 ? z : 0), (a) => (a > 0 ? 1 : 0)],
  sigmoid: [sigmoid, (a) => a * (1 - a)],
  linear: [(z) => z, () => 1],
};

/** Each: (answers, y) → [loss, its slope along the answers]; one output. */
export const LOSSES = {
  squaredError(answers, y) {
    const blame = new Float64Array(y.length);
    let sum = 0;
    for (let i = 0; i < y.length; i++) {
      const error = answers[i] - y[i];
      sum += error * error;
      blame[i] = (2 * error) / y.length;
    }
    return [sum / y.length, blame];
  },
  binaryCrossEntropy(logits, y) {
    const blame = new Float64Array(y.length);
    let sum = 0;
    for (let i = 0; i < y.length; i++) {
      const z = logits[i];
      sum += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - y[i] * z; // log(1 + e^z) - y z
      blame[i] = (sigmoid(z) - y[i]) / y.length;
    }
    return [sum / y.length, blame];
  },
};

/** The slope of each penalty along one weight. */
export const PENALTIES = { none: () => 0, l1: (w, strength) => strength * Math.sign(w), l2: (w, strength) => strength * w };

export class Network {
  constructor(sizes, activation, seed) {
    this.sizes = sizes;
    this.activation = activation;
    this.weights = [];
    this.biases = [];
    const dice = new Dice(seed, WEIGHTS);
    for (let l = 0; l + 1 < sizes.length; l++) {
      const [nIn, nOut] = [sizes[l], sizes[l + 1]];
      const isRelu = activation === "relu" && l + 2 < sizes.length;
      const limit = isRelu ? Math.sqrt(6 / nIn) : Math.sqrt(6 / (nIn + nOut));
      this.weights.push(dice.uniform(nIn * nOut).map((u) => limit * (2 * u - 1)));
      this.biases.push(new Float64Array(nOut));
    }
  }

  get parameters() {
    return [...this.weights, ...this.biases];
  }

  /** What every layer answers to n examples; `room` (an earlier answer of this network) is written over. */
  forward(X, n, room = null) {
    const f = ACTIVATIONS[this.activation][0];
    const answers = [X];
    const last = this.weights.length - 1;
    this.weights.forEach((W, l) => {
      const [nIn, nOut] = [this.sizes[l], this.sizes[l + 1]];
      const before = answers[l], b = this.biases[l];
      const after = room && room[l + 1].length === n * nOut ? room[l + 1] : new Float64Array(n * nOut);
      for (let r = 0; r < n; r++) {
        for (let j = 0; j < nOut; j++) {
          let z = 0;
          for (let i = 0; i < nIn; i++) z += before[r * nIn + i] * W[i * nOut + j];
          z += b[j];
          after[r * nOut + j] = l === last ? z : f(z);
        }
      }
      answers.push(after);
    });
    return answers;
  }

  /** From the slope of the loss along the logits to that along every parameter, in the order of `parameters`. */
  backward(answers, blame, n) {
    const slope = ACTIVATIONS[this.activation][1];
    const ofWeights = [], ofBiases = [];
    for (let l = this.weights.length - 1; l >= 0; l--) {
      const [nIn, nOut] = [this.sizes[l], this.sizes[l + 1]];
      const W = this.weights[l], a = answers[l];
      const gW = new Float64Array(nIn * nOut), gb = new Float64Array(nOut);
      const earlier = new Float64Array(n * nIn);
      for (let r = 0; r < n; r++) {
        for (let j = 0; j < nOut; j++) gb[j] += blame[r * nOut + j];
        for (let i = 0; i < nIn; i++) {
          let sum = 0;
          for (let j = 0; j < nOut; j++) {
            gW[i * nOut + j] += a[r * nIn + i] * blame[r * nOut + j];
            sum += blame[r * nOut + j] * W[i * nOut + j];
          }
          if (l > 0) earlier[r * nIn + i] = sum * slope(a[r * nIn + i]);
        }
      }
      ofWeights.unshift(gW);
      ofBiases.unshift(gb);
      blame = earlier;
    }
    return [...ofWeights, ...ofBiases];
  }
}

class SGD {
  constructor(rate) {
    this.rate = rate;
  }

  step(parameters, gradients) {
    parameters.forEach((p, k) => {
      const g = gradients[k];
      for (let i = 0; i < p.length; i++) p[i] -= this.rate * g[i];
    });
  }
}

class Momentum {
  constructor(rate, kept = 0.9) {
    this.rate = rate;
    this.kept = kept;
    this.speeds = null;
  }

  step(parameters, gradients) {
    this.speeds ??= parameters.map((p) => new Float64Array(p.length));
    parameters.forEach((p, k) => {
      const g = gradients[k], speed = this.speeds[k];
      for (let i = 0; i < p.length; i++) {
        speed[i] = speed[i] * this.kept - this.rate * g[i];
        p[i] += speed[i];
      }
    });
  }
}

class Adam {
  constructor(rate, beta1 = 0.9, beta2 = 0.999, tiny = 1e-7) {
    Object.assign(this, { rate, beta1, beta2, tiny, steps: 0, means: null, squares: null });
  }

  step(parameters, gradients) {
    this.means ??= parameters.map((p) => new Float64Array(p.length));
    this.squares ??= parameters.map((p) => new Float64Array(p.length));
    this.steps += 1;
    const rate = (this.rate * Math.sqrt(1 - this.beta2 ** this.steps)) / (1 - this.beta1 ** this.steps);
    parameters.forEach((p, k) => {
      const g = gradients[k], mean = this.means[k], square = this.squares[k];
      for (let i = 0; i < p.length; i++) {
        mean[i] += (1 - this.beta1) * (g[i] - mean[i]);
        square[i] += (1 - this.beta2) * (g[i] * g[i] - square[i]);
        p[i] -= (rate * mean[i]) / (Math.sqrt(square[i]) + this.tiny);
      }
    });
  }
}

export const OPTIMIZERS = { sgd: SGD, momentum: Momentum, adam: Adam };

/** One network on its examples: `epoch()` shows each example once, in batches. */
export class Trainer {
  constructor(network, loss, optimizer, { X, y, batch, penalty = "none", strength = 0, seed = 0 }) {
    Object.assign(this, { network, loss, optimizer, X, y, batch, penalty, strength });
    this.dice = new Dice(seed, ORDER);
    this.epochs = 0;
  }

  epoch() {
    const order = this.dice.order(this.y.length);
    for (let start = 0; start < order.length; start += this.batch) this.step(order.slice(start, start + this.batch));
    this.epochs += 1;
  }

  /** One batch: forward, backward, a step. */
  step(rows) {
    const k = this.network.sizes[0], n = rows.length;
    const X = new Float64Array(n * k), y = new Float64Array(n);
    rows.forEach((row, r) => {
      for (let j = 0; j < k; j++) X[r * k + j] = this.X[row * k + j];
      y[r] = this.y[row];
    });
    const answers = this.network.forward(X, n);
    const [, blame] = this.loss(answers.at(-1), y);
    const gradients = this.network.backward(answers, blame, n);
    const slope = PENALTIES[this.penalty];
    this.network.weights.forEach((W, l) => {
      for (let i = 0; i < W.length; i++) gradients[l][i] += slope(W[i], this.strength);
    });
    this.optimizer.step(this.network.parameters, gradients);
  }

  lossOn(X, y) {
    return y.length ? this.loss(this.network.forward(X, y.length).at(-1), y)[0] : NaN;
  }
}
