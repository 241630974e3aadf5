import os
import subprocess
import sys

import pytest


def said(code, **environment):
    clean = {name: value for name, value in os.environ.items() if name not in ("KERAS_BACKEND", "XLA_FLAGS")}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env={**clean, **environment}, capture_output=True, text=True, check=True)
    return done.stdout.strip()


CHOOSE = "from seodang.learn.networks.backend import prepare_backend; print(prepare_backend(1))"


def test_networks_climb_on_jax():
    pytest.importorskip("jax")
    assert said(CHOOSE) == "jax"


def test_what_the_user_chose_is_respected():
    assert said(CHOOSE, KERAS_BACKEND="tensorflow") == "tensorflow"


def test_one_thread_is_said_to_xla_once_and_other_flags_stay():
    flags = said(f"{CHOOSE}; prepare_backend(1); import os; print(os.environ['XLA_FLAGS'])", XLA_FLAGS="--xla_a=1")
    assert flags.split()[1:] == [
        "--xla_a=1",
        "--xla_cpu_multi_thread_eigen=false",
        "intra_op_parallelism_threads=1",
    ]


def test_families_and_estimators_are_known_without_keras_or_jax():
    code = (
        "import sys, seodang.learn.families as f; f.FAMILIES.load();"
        "import seodang.learn.networks.perceptron, seodang.learn.networks.deep, seodang.learn.networks.cnn;"
        "print(sorted({'keras', 'jax', 'tensorflow'} & set(sys.modules)))"
    )
    assert said(code) == "[]"
