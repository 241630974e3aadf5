import importlib.util

import pytest

from seodang.learn.networks.backend import prepare_backend


@pytest.fixture(scope="session", autouse=True)
def keras_backend():
    """JAX, unless another test of this process has imported Keras on another backend: both must work."""
    if importlib.util.find_spec("keras") is None:
        pytest.skip("Keras is not installed")
    return prepare_backend(1)
