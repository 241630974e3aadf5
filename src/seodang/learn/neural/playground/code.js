// The same trial as code: a command of the terminal, and Keras.

import { DEFAULTS, isClasses } from "./settings.js";

/** `seodang neural train …` with what differs from the defaults. */
export function inTerminal(settings) {
  const options = Object.keys(DEFAULTS).filter((name) => name === "data" || String(settings[name]) !== String(DEFAULTS[name]));
  const quoted = (value) => (/^[\w.,-]+$/.test(value) ? value : `'${value}'`);
  return ["seodang neural train", ...options.map((name) => `--${name} ${quoted(String(settings[name]))}`)].join(" ");
}

const COLUMNS = {
  "x1": "x1", "x2": "x2", "x1^2": "x1**2", "x2^2": "x2**2", "x1x2": "x1 * x2", "sin2x1": "np.sin(2 * x1)", "sin2x2": "np.sin(2 * x2)",
};

export function inKeras(settings) {
  const { penalty, strength, rate, batch, activation } = settings;
  const isPenalised = penalty !== "none" && strength > 0;
  // Keras counts the whole square for L2, the playground half of it.
  const penalised = isPenalised ? `, kernel_regularizer=keras.regularizers.${penalty.toUpperCase()}(${penalty === "l2" ? strength / 2 : strength})` : "";
  const start = activation === "relu" ? `, kernel_initializer="he_uniform"` : "";
  const dense = settings.layers.map((n) => `    keras.layers.Dense(${n}, activation="${activation}"${start}${penalised}),`);
  const optimizer = { sgd: `SGD(${rate})`, momentum: `SGD(${rate}, momentum=0.9)`, adam: `Adam(${rate})` }[settings.optimizer];
  const loss = isClasses(settings) ? "BinaryCrossentropy(from_logits=True)" : "MeanSquaredError()";
  const columns = settings.features.map((name) => COLUMNS[name]).join(", ");
  return [
    "import keras",
    "import numpy as np",
    "from seodang.learn.neural.data import points",
    "",
    `X, y = points("${settings.data}", seed=${settings.seed}, noise=${settings.noise / 100})`,
    "x1, x2 = X.T",
    `X = np.stack([${columns}], axis=1)`,
    `n = len(X) * ${settings.train} // 100`,
    "",
    "model = keras.Sequential([",
    `    keras.Input((${settings.features.length},)),`,
    ...dense,
    `    keras.layers.Dense(1${penalised}),`,
    "])",
    `model.compile(keras.optimizers.${optimizer}, keras.losses.${loss})`,
    `model.fit(X[:n], y[:n], batch_size=${batch}, epochs=200, validation_data=(X[n:], y[n:]))`,
  ].join("\n");
}
