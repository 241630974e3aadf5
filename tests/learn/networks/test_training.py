from dataclasses import replace

import numpy as np
import pytest

from seodang.learn.networks.program import Program, Weights, program_of
from seodang.learn.networks.training import Recipe, _batches, learn

SPEC = {"kind": "dense", "inputs": 8, "outputs": 3, "hidden": [8]}
RECIPE = Recipe(loss="cross_entropy", steps=60, batch=16, chunk=4, rate=0.02)


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 160)
    return (rng.normal(size=(160, 8)) + np.eye(3, 8)[y] * 3).astype("float32"), y


def test_every_row_is_shown_once_before_any_row_is_shown_again():
    order = _batches(10, 4, np.random.default_rng(0))
    rows = np.concatenate([next(order) for _ in range(5)])
    assert sorted(rows[:10].tolist()) == list(range(10))
    assert sorted(rows[10:].tolist()) == list(range(10))


def test_loss_falls_and_is_told_by_epoch(blobs):
    learnt = learn(program_of(SPEC), *blobs, RECIPE, seed=0)
    assert learnt.epochs == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert learnt.losses[-1] < 0.5 * learnt.losses[0]


def test_same_seed_gives_the_same_weights_and_another_does_not(blobs):
    first, again, other = (learn(program_of(SPEC), *blobs, RECIPE, seed=seed).weights[0] for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first.trained, again.trained, strict=True))
    assert not np.allclose(first.trained[0], other.trained[0])


def test_weights_are_kept_at_each_share_asked_for(blobs):
    learnt = learn(program_of(SPEC), *blobs, RECIPE, seed=0, keep_at=(1 / 15, 7 / 15, 1))
    assert len(learnt.weights) == 3
    assert not np.allclose(learnt.weights[0].trained[0], learnt.weights[2].trained[0])
    whole = learn(program_of(SPEC), *blobs, RECIPE, seed=0).weights[0]
    assert np.allclose(learnt.weights[2].trained[0], whole.trained[0])


def test_tables_of_other_lengths_compile_nothing_new(blobs):
    X, y = blobs
    program = Program(SPEC)
    for rows in (100, 131, 160):
        weights = learn(program, X[:rows], y[:rows], RECIPE, seed=0).weights[0]
        program.output(weights, X[:rows])
    if program.backend == "jax":
        assert [function._cache_size() for function in program.compiled.values()] == [1, 1]


def test_one_step_is_adamw_of_the_paper(blobs):
    X, y = blobs
    recipe = Recipe(
        loss="cross_entropy",
        steps=1,
        batch=160,
        chunk=1,
        rate=0.1,
        schedule="flat",
        decay=0.5,
        decay_schedule="flat",
    )
    program = program_of(SPEC)
    before = program.draw(3)
    after = learn(program, X, y, recipe, seed=3).weights[0]
    moved = [b - a for a, b in zip(before.trained, after.trained, strict=True)]
    kernel, bias = moved[2], moved[3]
    # Adam's first step is the sign of the slope; decay shrinks kernels and leaves biases alone.
    assert np.allclose(np.abs(bias), 0.1, atol=1e-3)
    assert np.allclose(np.abs(kernel + 0.1 * 0.5 * before.trained[2]), 0.1, atol=1e-3)


def test_smoothing_keeps_a_network_from_certainty(blobs):
    X, y = blobs
    long = replace(RECIPE, steps=600)
    sure, humble = (
        program_of(SPEC).output(learn(program_of(SPEC), X, y, recipe, seed=0).weights[0], X)
        for recipe in (long, replace(long, smoothing=0.2))
    )
    assert np.ptp(humble, axis=-1).mean() < 0.6 * np.ptp(sure, axis=-1).mean()


def test_each_member_gives_what_it_would_give_alone(blobs):
    deep = {"kind": "deep", "inputs": 8, "outputs": 3, "numeric": 8, "hidden": [8, 4], "activation": "mish"}
    deep |= {"embedding": "waves", "parts": 4, "width": 3}
    both, alone = (program_of({**deep, "members": members}) for members in (2, 1))
    weights = learn(both, *blobs, replace(RECIPE, dropout=0.1, width_aware=True), seed=0).weights[0]
    together = both.output(weights, blobs[0])
    assert together.shape == (2, 160, 3)
    for member in range(2):
        own = [
            array[member : member + 1] if array.shape != tuple(variable.shape) else array
            for variable, array in zip(alone.model.trainable_variables, weights.trained, strict=True)
        ]
        assert np.allclose(alone.output(Weights(own, weights.fixed), blobs[0])[0], together[member], atol=1e-5)
