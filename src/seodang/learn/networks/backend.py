"""Which Keras backend climbs: JAX, one XLA thread for each core that the worker may use.

JAX was chosen by measurement (`benchmarks/keras_speed.py`, docs/explanation/keras-speed.md). Keras decides on its
backend once per process, when it is first imported, so `prepare_backend` must come before.
"""

from __future__ import annotations

import importlib.util
import os
import sys

_ONE_THREAD = ("--xla_cpu_multi_thread_eigen=false", "intra_op_parallelism_threads=1")


def prepare_backend(threads: int | None = None) -> str:
    """Choose the backend of this process and return its name: "jax", or what Keras already runs on.

    What the user chose (KERAS_BACKEND, or an earlier `import keras`) is respected. Without JAX installed it is
    Keras's own default.

    Args:
        threads: 1 keeps XLA to one thread, as each worker of a climb must; None or more leaves XLA its own pool.
            It has an effect only before JAX starts its first computation.
    """
    if threads == 1:
        _keep_to_one_thread()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if "keras" in sys.modules:
        return active_backend()
    if "KERAS_BACKEND" not in os.environ and importlib.util.find_spec("jax") is not None:
        os.environ["KERAS_BACKEND"] = "jax"
    return os.environ.get("KERAS_BACKEND", "tensorflow")


def active_backend() -> str:
    """The backend that Keras runs on; imports Keras."""
    import keras

    return str(keras.backend.backend())


def _keep_to_one_thread() -> None:
    flags = os.environ.get("XLA_FLAGS", "").split()
    os.environ["XLA_FLAGS"] = " ".join([*flags, *(flag for flag in _ONE_THREAD if flag not in flags)])
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
