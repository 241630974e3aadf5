"""Pictures turned, zoomed, shifted and relit at random while a network learns: a Keras layer. Imports Keras."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from seodang.learn.networks.layers import register, uniform


@register
class Augment(keras.layers.Layer):  # type: ignore[misc]
    """uint8 (batch, height, width, channels) → float32 of the same shape, −1 … 1; each picture changed in its
    own way in training, only rescaled otherwise. What moves in from outside repeats the edge.

    Args:
        turn: greatest angle, in degrees. zoom, shift: greatest share. light: greatest change of brightness and of
            contrast, as a share. flip: mirror half of the pictures left to right (harms digits and letters).
    """

    def __init__(
        self,
        turn: float = 10.0,
        zoom: float = 0.1,
        shift: float = 0.1,
        light: float = 0.2,
        flip: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.turn, self.zoom, self.shift, self.light, self.flip = turn, zoom, shift, light, flip

    def build(self, shape: Any) -> None:
        self.noise = self.add_weight(name="noise", shape=(), initializer="zeros", trainable=False, dtype="int32")

    def call(self, x: Any, training: bool = False) -> Any:
        x = ops.cast(x, "float32") * (2.0 / 255) - 1.0
        if not training:
            return x
        dice = uniform((ops.shape(x)[0], 8), self.noise, 9) * 2.0 - 1.0  # (batch, 8), −1 … 1
        return self._relit(self._moved(x, dice), dice)

    def _relit(self, x: Any, dice: Any) -> Any:
        contrast = (1.0 + self.light * dice[:, 6])[:, None, None, None]
        return x * contrast + (self.light * dice[:, 7])[:, None, None, None]

    def _moved(self, x: Any, dice: Any) -> Any:
        """Each pixel looks up where it came from (inverse affine map), between four pixels (bilinear)."""
        height, width, channels = x.shape[1:]
        across, down = self._origins(dice, height, width)
        left, top = ops.floor(across), ops.floor(down)
        right_share, low_share = (across - left)[..., None], (down - top)[..., None]
        flat = ops.reshape(x, (-1, height * width, channels))

        def at(row: Any, column: Any) -> Any:
            place = ops.clip(row, 0, height - 1) * width + ops.clip(column, 0, width - 1)
            return ops.take_along_axis(flat, ops.cast(place, "int32")[..., None], axis=1)

        upper = at(top, left) * (1 - right_share) + at(top, left + 1) * right_share
        lower = at(top + 1, left) * (1 - right_share) + at(top + 1, left + 1) * right_share
        return ops.reshape(upper * (1 - low_share) + lower * low_share, (-1, height, width, channels))

    def _origins(self, dice: Any, height: int, width: int) -> tuple[Any, Any]:
        """Column and row (batch, height · width) that each pixel comes from."""
        angle = (dice[:, 0] * self.turn * math.pi / 180)[:, None]
        zoom = 1.0 + self.zoom * dice[:, 1][:, None]
        cos, sin = ops.cos(angle) * zoom, ops.sin(angle) * zoom
        mirror = ops.sign(dice[:, 2])[:, None] if self.flip else 1.0
        place = ops.arange(height * width, dtype="float32")[None]
        row = ops.floor((place + 0.5) / width)
        y, x = row - (height - 1) / 2, (place - row * width - (width - 1) / 2) * mirror
        across = cos * x - sin * y + (width - 1) / 2 + self.shift * width * dice[:, 3][:, None]
        down = sin * x + cos * y + (height - 1) / 2 + self.shift * height * dice[:, 4][:, None]
        return across, down

    def compute_output_shape(self, shape: Any) -> Any:
        return shape

    def get_config(self) -> dict[str, Any]:
        own = {"turn": self.turn, "zoom": self.zoom, "shift": self.shift, "light": self.light, "flip": self.flip}
        return {**super().get_config(), **own}
