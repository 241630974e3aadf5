import pytest

from seodang.learn.networks.plan import epochs_for, plan


@pytest.mark.parametrize("n_rows", [1, 7, 100, 5_000, 50_000])
@pytest.mark.parametrize("epochs", [2, 37, 150])
def test_every_cycle_of_the_schedule_ends_with_a_chunk(n_rows, epochs):
    made = plan(n_rows, epochs=epochs, batch=128)
    assert made.steps % (15 * made.chunk) == 0


@pytest.mark.parametrize("n_rows", [2_000, 5_000, 50_000])
def test_about_as_many_epochs_are_trained_as_were_asked_for(n_rows):
    made = plan(n_rows, epochs=40, batch=128)
    assert 0.65 < made.steps * made.batch / n_rows / 40 < 1.5


def test_a_small_table_has_small_batches():
    assert plan(100, epochs=10, batch=128).batch == 8
    assert plan(5_000, epochs=10, batch=128).batch == 128


def test_large_tables_get_fewer_epochs_within_limits():
    assert epochs_for(100, 400_000) == 150
    assert epochs_for(8_000, 400_000) == 50
    assert epochs_for(10**7, 400_000) == 8
