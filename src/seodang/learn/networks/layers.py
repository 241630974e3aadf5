"""Layers of the deep network, for several members at once: the first axis of an activation is the member's.

All are registered with Keras under the package "seodang" and made of `keras.ops` alone: a saved network gives the
same on every backend.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

register = keras.saving.register_keras_serializable(package="seodang")


@register
class Scale(keras.layers.Layer):  # type: ignore[misc]
    """x · s with one learnt factor for each column: soft selection of columns (RealMLP's scaling layer).
    (batch, p) → (batch, p)"""

    def build(self, shape: Any) -> None:
        self.scale = self.add_weight(name="scale", shape=shape[-1:], initializer="ones")

    def call(self, x: Any) -> Any:
        return x * self.scale


@register
class PeriodicEmbedding(keras.layers.Layer):  # type: ignore[misc]
    """PBLD: the first `numeric` columns x become (x, W cos(2π (f x + φ)) + b), each with `width` − 1 learnt waves
    mixed from `waves` (RealMLP, arXiv 2407.04491, section 3, after Gorishniy et al. 2022, arXiv 2203.05556).
    (batch, p) → (batch, numeric · width + p − numeric)"""

    def __init__(self, numeric: int, waves: int = 16, width: int = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.numeric, self.waves, self.width = numeric, waves, width

    def build(self, shape: Any) -> None:
        self.frequency = self.add_weight(name="frequency", shape=(self.numeric, self.waves))
        self.phase = self.add_weight(name="phase", shape=(self.numeric, self.waves))
        self.mixing = self.add_weight(name="mixing", shape=(self.numeric, self.waves, self.width - 1))
        self.bias = self.add_weight(name="mixing_bias", shape=(self.numeric, self.width - 1), initializer="zeros")

    def call(self, x: Any) -> Any:
        waves = cosine_of_turns(x[:, : self.numeric, None] * self.frequency + self.phase)
        return _mixed(x, waves, self.mixing, self.bias)

    def compute_output_shape(self, shape: Any) -> Any:
        return (shape[0], self.numeric * self.width + shape[1] - self.numeric)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "numeric": self.numeric, "waves": self.waves, "width": self.width}


@register
class PiecewiseEmbedding(keras.layers.Layer):  # type: ignore[misc]
    """The first `numeric` columns x become (x, W e(x) + b): e(x) says for each of `bins` bins how far x has come
    through it, 0 … 1, and W mixes that to `width` − 1 numbers. A network then bends where the data lie dense, as a
    tree splits there (PLE, Gorishniy, Rubachev and Babenko 2022, arXiv 2203.05556, section 3.2). The weight
    "edges", (numeric, bins + 1), ascending, is set from the data before training.
    (batch, p) → (batch, numeric · width + p − numeric)"""

    def __init__(self, numeric: int, bins: int = 16, width: int = 5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.numeric, self.bins, self.width = numeric, bins, width

    def build(self, shape: Any) -> None:
        self.edges = self.add_weight(name="edges", shape=(self.numeric, self.bins + 1), trainable=False)
        self.mixing = self.add_weight(name="mixing", shape=(self.numeric, self.bins, self.width - 1))
        self.bias = self.add_weight(name="mixing_bias", shape=(self.numeric, self.width - 1), initializer="zeros")

    def call(self, x: Any) -> Any:
        low, high = self.edges[:, :-1], self.edges[:, 1:]
        come = ops.clip((x[:, : self.numeric, None] - low) / (high - low), 0.0, 1.0)
        return _mixed(x, come, self.mixing, self.bias)

    def compute_output_shape(self, shape: Any) -> Any:
        return (shape[0], self.numeric * self.width + shape[1] - self.numeric)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "numeric": self.numeric, "bins": self.bins, "width": self.width}


def _mixed(x: Any, parts: Any, mixing: Any, bias: Any) -> Any:
    """Each number beside the mixture of its parts (batch, numeric, parts), then the columns that are no numbers."""
    numeric = mixing.shape[0]
    mixture = ops.einsum("bnw,nwo->bno", parts, mixing) + bias
    both = ops.concatenate([x[:, :numeric, None], mixture], axis=-1)
    flat = ops.reshape(both, (-1, numeric * (mixing.shape[2] + 1)))
    return ops.concatenate([flat, x[:, numeric:]], axis=-1)


def cosine_of_turns(turns: Any) -> Any:
    """cos(2π · turns) within 4e-6, without the slow path that a general cosine needs for huge arguments: folded to
    −sin(2πt), |t| ≤ ¼, and that by its Taylor polynomial of degree nine."""
    t = ops.abs(turns - ops.round(turns)) - 0.25
    s = t * t
    return -t * (6.2831853 + s * (-41.3417022 + s * (81.6052493 + s * (-76.7058598 + s * 42.0586939))))


@register
class MemberDense(keras.layers.Layer):  # type: ignore[misc]
    """A dense layer of every member. (batch, p) or (members, batch, p) → (members, batch, units)"""

    def __init__(self, units: int, members: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.members = units, members

    def build(self, shape: Any) -> None:
        self.kernel = self.add_weight(name="member_kernel", shape=(self.members, shape[-1], self.units))
        self.bias = self.add_weight(name="bias", shape=(self.members, 1, self.units), initializer="zeros")

    def call(self, x: Any) -> Any:
        if len(x.shape) == 3:
            return ops.matmul(x, self.kernel) + self.bias
        return ops.einsum("bp,mpu->mbu", x, self.kernel) + self.bias

    def compute_output_shape(self, shape: Any) -> Any:
        return (self.members, shape[-2], self.units)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units, "members": self.members}


@register
class LearntActivation(keras.layers.Layer):  # type: ignore[misc]
    """x + α (σ(x) − x), σ: SELU or Mish, one learnt α for each unit, 1 at first (RealMLP, section 3)."""

    def __init__(self, activation: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activation

    def build(self, shape: Any) -> None:
        self.scale = self.add_weight(name="share", shape=(shape[0], 1, shape[-1]), initializer="ones")

    def call(self, x: Any) -> Any:
        curved = {"selu": ops.selu, "mish": mish, "relu": ops.relu, "silu": ops.silu}[self.activation](x)
        return x + self.scale * (curved - x)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "activation": self.activation}


def mish(x: Any) -> Any:
    """x · tanh(ln(1 + eˣ)) with one exponential: with u = eˣ, tanh(ln(1 + u)) = (u² + 2u) / (u² + 2u + 2)."""
    u = ops.exp(ops.minimum(x, 20.0))
    w = u * (u + 2.0)
    return x * w / (w + 2.0)


@register
class ScheduledDropout(keras.layers.Layer):  # type: ignore[misc]
    """Dropout whose rate the training loop turns (weight "dropout") and whose mask is a hash of the position and of
    "noise", which the loop sets anew for each step: a fifth of the time of a counter-based generator on a CPU, and
    the same on every backend. Nothing happens outside training."""

    def __init__(self, salt: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.salt = salt

    def build(self, shape: Any) -> None:
        self.dropout = self.add_weight(name="dropout", shape=(), initializer="zeros", trainable=False)
        self.noise = self.add_weight(name="noise", shape=(), initializer="zeros", trainable=False, dtype="int32")

    def call(self, x: Any, training: bool = False) -> Any:
        if not training:
            return x
        keep = 1.0 - self.dropout
        return ops.where(uniform(ops.shape(x), self.noise, self.salt) < keep, x / keep, 0.0)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "salt": self.salt}


def uniform(shape: Any, noise: Any, salt: int) -> Any:
    """float32 in [0, 1), one for each position: a hash of position, noise and salt by multiply and xor-shift
    (the finaliser of MurmurHash3), in int32 arithmetic that wraps around."""
    count = 1
    for size in shape:
        count = count * size
    h = ops.reshape(ops.arange(count, dtype="int32"), shape) * -1640531527 + noise + salt * 40503
    for shift, factor in ((16, -2048144789), (13, -1028477387)):
        h = ops.bitwise_xor(h, ops.bitwise_and(ops.right_shift(h, shift), (1 << (32 - shift)) - 1)) * factor
    bits = ops.bitwise_and(ops.bitwise_xor(h, ops.bitwise_and(ops.right_shift(h, 16), 65535)), (1 << 24) - 1)
    return ops.cast(bits, "float32") * (1.0 / (1 << 24))
