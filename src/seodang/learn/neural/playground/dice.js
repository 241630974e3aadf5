// Chance that can be repeated: the same seed throws the same numbers as `dice.py`.

export const DATA = 0, WEIGHTS = 1, ORDER = 2;
const GOLDEN = 0x9e3779b9;

/** Spread every bit of a counter over all 32 bits (the finaliser of MurmurHash3). */
function scramble(counter) {
  let h = counter ^ (counter >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export class Dice {
  constructor(seed, use = DATA) {
    this.counter = scramble((scramble(seed >>> 0) + use) >>> 0);
  }

  /** n numbers in [0, 1), evenly spread. */
  uniform(n) {
    const numbers = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      this.counter = (this.counter + GOLDEN) >>> 0;
      numbers[i] = scramble(this.counter) / 2 ** 32;
    }
    return numbers;
  }

  /** n numbers with mean 0 and variance 1 (Box and Muller). */
  normal(n) {
    const first = this.uniform(n), second = this.uniform(n);
    return first.map((u, i) => Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * second[i]));
  }

  /** The numbers 0 … n - 1, shuffled. */
  order(n) {
    const keys = this.uniform(n);
    return Array.from(keys.keys()).sort((a, b) => keys[a] - keys[b]);
  }
}
