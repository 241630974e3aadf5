"""`fit` and `Ladder`, climbed for real by worker processes on small tables."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
import textwrap
import threading

import numpy as np
import pandas as pd
import pytest
from tests.learn.climb.standins import Broken, Deadly, NotANumber, StandIn, Unwanted

from seodang.learn.errors import ChoiceInvalid, FrameRefused, TableUnusable, TargetInvalid
from seodang.learn.ladder import fit

QUICK = ["baseline", "linear", "tree"]


def table(n=200, seed=0):
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=n), rng.normal(size=n)
    colour = rng.choice(["red", "green", "blue"], n)
    return pd.DataFrame(
        {
            "x": x,
            "z": z,
            "colour": colour,
            "price": 3 * x - z + (colour == "red") + rng.normal(scale=0.3, size=n),
            "kind": np.where(x + 0.3 * rng.normal(size=n) > 0, "big", "small"),
        }
    )


@pytest.fixture(scope="module")
def regression():
    told = []
    frame = table().drop(columns="kind")
    ladder = fit(frame, "price", families=QUICK, budget=60, most_candidates=2, on_progress=told.append)
    return ladder, frame, told


@pytest.fixture(scope="module")
def classes():
    frame = table().drop(columns="price")
    return fit(frame, "kind", families=QUICK, budget=60, most_candidates=2, holdout=0.2), frame


@pytest.fixture
def temp(tmp_path, monkeypatch):
    """A folder for temporary files that no other climb uses."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_rungs_stand_in_the_order_of_the_ladder_with_the_ensemble_on_top(regression):
    ladder, _, _ = regression
    assert [rung.name for rung in ladder.rungs] == [*QUICK, "ensemble"]
    assert ladder.metric == "rmse"


def test_a_line_is_better_than_a_constant_and_its_interval_holds_its_score(regression):
    ladder, _, _ = regression
    rungs = {rung.name: rung for rung in ladder.rungs}
    assert rungs["linear"].score < 0.5 < rungs["baseline"].score
    assert rungs["linear"].ci_low <= rungs["linear"].score <= rungs["linear"].ci_high
    assert rungs["linear"].seconds > 0


def test_the_table_has_a_row_for_each_rung(regression):
    ladder, _, _ = regression
    shown = ladder.table()
    assert list(shown["name"]) == [rung.name for rung in ladder.rungs]
    assert {"score", "ci_low", "ci_high", "seconds", "tied_with_best", "skipped"} <= set(shown.columns)


def test_json_is_what_the_shell_prints(regression):
    ladder, _, _ = regression
    found = json.loads(json.dumps(ladder.as_json(), allow_nan=False))
    assert {"metric", "task", "best", "seconds", "rungs"} <= set(found)
    assert set(found["rungs"][0]) >= {"name", "score", "ci_low", "ci_high", "seconds", "tied_with_best", "skipped"}


def test_predictions_come_in_the_order_of_the_rows(regression):
    ladder, _, _ = regression
    new = table(50, seed=9).drop(columns=["kind"])
    predicted = ladder.predict(new.drop(columns="price"))
    assert list(predicted.columns) == ["prediction"]
    assert np.sqrt(np.mean((predicted["prediction"] - new["price"]) ** 2)) < 0.6
    assert np.allclose(ladder.predict(new[::-1])["prediction"][::-1], predicted["prediction"])


def test_every_rung_predicts(regression):
    ladder, frame, _ = regression
    for rung in ladder.rungs:
        if rung.score is not None:
            assert np.isfinite(ladder.predict(frame, rung=rung.name)["prediction"]).all()
    constant = ladder.predict(frame, rung="baseline")["prediction"]
    assert constant.nunique() == 1


def test_the_mean_of_fold_models_predicts(regression):
    ladder, frame, _ = regression
    mean = np.mean([frame["price"].iloc[train].mean() for train, _ in ladder.folds])
    assert ladder.predict(frame, rung="baseline")["prediction"].iloc[0] == pytest.approx(mean, rel=1e-5)


def test_a_rung_that_is_not_there_is_refused_with_those_that_are(regression):
    ladder, frame, _ = regression
    with pytest.raises(ChoiceInvalid, match="baseline"):
        ladder.predict(frame, rung="forest")


def test_a_frame_without_a_column_is_refused_by_its_name(regression):
    ladder, frame, _ = regression
    with pytest.raises(FrameRefused, match="colour"):
        ladder.predict(frame.drop(columns="colour"))


def test_progress_tells_rungs_as_they_come(regression):
    _, _, told = regression
    assert told[-1].stage == "done"
    assert {"climbing", "comparing", "done"} <= {progress.stage for progress in told}
    assert len(told[-1].rungs) == 3
    assert told[-1].best in QUICK
    json.dumps(told[-1].as_json())


def test_candidates_keep_their_out_of_fold_predictions(regression):
    ladder, _, _ = regression
    assert ladder.oof_rows.all()
    for candidate in ladder.candidates:
        assert candidate.oof.shape == ladder.y.shape
        assert np.isfinite(candidate.oof).all()


def test_classes_have_a_probability_each_that_sum_to_one(classes):
    ladder, frame = classes
    predicted = ladder.predict(frame)
    assert list(predicted.columns) == ["prediction", "p(big)", "p(small)"]
    assert np.allclose(predicted[["p(big)", "p(small)"]].sum(axis=1), 1)
    assert (predicted["prediction"] == frame["kind"]).mean() > 0.8


def test_held_out_rows_score_every_rung_once(classes):
    ladder, _ = classes
    assert ladder.holdout_rows == 40
    assert len(ladder.y) == 160
    for rung in ladder.rungs:
        assert rung.score is None or 0 < rung.holdout_score < 1
    assert "holdout_score" in ladder.table()


def test_same_seed_same_numbers_whatever_the_number_of_workers():
    frame = table(120).drop(columns="kind")
    found = [fit(frame, "price", families=QUICK, budget=60, most_candidates=4, seed=5, workers=n) for n in (1, 2)]
    assert found[0].as_json()["rungs"][1]["score"] is not None
    for one, other in zip(found[0].rungs, found[1].rungs, strict=True):
        assert (one.name, one.score, one.ci_low, one.settings) == (
            other.name,
            other.score,
            other.ci_low,
            other.settings,
        )
    assert np.array_equal(found[0].predict(frame)["prediction"], found[1].predict(frame)["prediction"])


def test_groups_stay_on_one_side_of_every_fold():
    frame = table(100).drop(columns="kind").assign(school=np.repeat(np.arange(20), 5))
    ladder = fit(frame, "price", group="school", families=["linear"], most_candidates=1)
    for train, valid in ladder.folds:
        assert not set(frame["school"].iloc[train]) & set(frame["school"].iloc[valid])


def test_with_times_the_earliest_rows_have_no_prediction():
    frame = table(120).drop(columns="kind").assign(day=np.arange(120))
    ladder = fit(frame, "price", time="day", families=["baseline", "linear"], most_candidates=1)
    assert 0 < ladder.oof_rows.sum() < 120
    assert np.isnan(ladder.candidates[0].oof[~ladder.oof_rows]).all()
    assert all(rung.score is not None for rung in ladder.rungs[:2])


@pytest.fixture(scope="module")
def odd():
    """A baseline among families with bad manners."""
    families = [
        "baseline",
        StandIn(name="staged", n_stages=3),
        StandIn(name="partly", portfolio=[{"shift": 0.0}, {"no_such_setting": 1}, {"shift": 0.5}]),
        Broken(name="broken"),
        Deadly(name="deadly"),
        NotANumber(name="nan"),
        Unwanted(name="unwanted"),
    ]
    frame = table(60).drop(columns="kind")
    ladder = fit(frame, "price", families=families, most_candidates=3)
    return ladder, {rung.name: rung for rung in ladder.rungs}, frame


def test_checkpoints_are_chosen_over_all_folds_together(odd):
    ladder, rungs, frame = odd
    assert next(c for c in ladder.candidates if c.family == "staged").stage == 2
    # At its second checkpoint the stand-in is the baseline, also when it predicts new rows.
    assert rungs["staged"].score == pytest.approx(rungs["baseline"].score)
    baseline, staged = (ladder.predict(frame, rung=name)["prediction"] for name in ("baseline", "staged"))
    assert np.allclose(baseline, staged)


@pytest.mark.parametrize(
    ("name", "code"),
    [("broken", "failed"), ("deadly", "crashed"), ("nan", "failed"), ("unwanted", "too_many_rows")],
)
def test_a_family_that_fails_is_skipped_with_its_reason(odd, name, code):
    _, rungs, _ = odd
    assert rungs["baseline"].score is not None
    assert rungs[name].score is None
    assert rungs[name].skipped.code == code
    assert str(rungs[name].skipped)


def test_one_bad_choice_of_settings_does_not_skip_the_family(odd):
    _, rungs, _ = odd
    assert rungs["partly"].score is not None


def test_a_rare_class_may_be_missing_from_a_fold():
    frame = table(60).drop(columns="price")
    frame.loc[0, "kind"] = "unique"
    ladder = fit(frame, "kind", families=QUICK, most_candidates=1)
    assert ladder.schema.labels == ("big", "small", "unique")
    assert np.allclose(ladder.predict(frame).iloc[:, 1:].sum(axis=1), 1)


def test_a_path_does_as_well_as_a_frame_and_a_thread_as_well_as_the_main_one(tmp_path):
    table(60).drop(columns="kind").to_csv(tmp_path / "t.csv", index=False)
    found = []
    thread = threading.Thread(
        target=lambda: found.append(fit(tmp_path / "t.csv", "price", families=["linear"], most_candidates=1))
    )
    thread.start()
    thread.join()
    assert len(found[0].predict(str(tmp_path / "t.csv"))) == 60


def test_a_metric_of_labels():
    frame = table(120).drop(columns="price")
    ladder = fit(frame, "kind", families=QUICK, metric="accuracy", most_candidates=1)
    assert ladder.metric == "accuracy"
    assert ladder.best.score > 0.8


def test_families_that_are_not_asked_for_are_not_climbed(regression):
    assert "forest" not in {rung.name for rung in regression[0].rungs}


@pytest.mark.parametrize(
    ("choices", "error"),
    [
        ({"budget": 0}, ChoiceInvalid),
        ({"budget": "soon"}, ChoiceInvalid),
        ({"holdout": 0.9}, ChoiceInvalid),
        ({"workers": 0}, ChoiceInvalid),
        ({"families": []}, ChoiceInvalid),
        ({"target": None}, ChoiceInvalid),
        ({"target": "no such column"}, TargetInvalid),
        ({"metric": "accuracy"}, TargetInvalid),
    ],
)
def test_wrong_choices_are_refused_in_a_sentence_and_leave_nothing_behind(choices, error, temp):
    with pytest.raises(error) as raised:
        fit(table(40).drop(columns="kind"), **{"target": "price", "families": ["baseline"], **choices})
    assert len(str(raised.value)) > 20
    assert not any(temp.iterdir())


def test_a_table_of_one_column_is_refused():
    with pytest.raises(TableUnusable):
        fit(pd.DataFrame({"price": [1.0, 2, 3, 4, 5]}), "price", families=["baseline"])


def test_fitted_models_go_with_the_ladder(temp):
    ladder = fit(table(40).drop(columns="kind"), "price", families=["baseline"], most_candidates=1)
    (folder,) = temp.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    del ladder
    gc.collect()
    assert not folder.exists()


def test_a_script_without_a_main_guard_may_call_fit(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            """
            import pandas as pd
            from seodang.learn import fit
            frame = pd.DataFrame({"x": [0.37 * i for i in range(40)], "y": [2.0 * i for i in range(40)]})
            print(fit(frame, "y", families=["baseline", "linear"], most_candidates=1).best.name)
            """
        )
    )
    # Modules beside the script must not stand in for the library's own.
    (tmp_path / "queue.py").write_text("raise SystemExit('shadowed')")
    done = subprocess.run(
        [sys.executable, "-P", str(script)], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.stdout.split() == ["linear"], done.stderr


def test_what_progress_raises_ends_the_climb_and_leaves_nothing_behind(temp):

    def cancel(progress):
        raise InterruptedError("cancelled")

    with pytest.raises(InterruptedError):
        fit(table(40).drop(columns="kind"), "price", families=["baseline"], on_progress=cancel)
    assert not any(temp.iterdir())


def test_a_climb_that_progress_stops_gives_the_ladder_so_far():
    families = ["baseline", StandIn(), StandIn(name="later", order=99, portfolio=[{}] * 50)]
    ladder = fit(
        table(60).drop(columns="kind"),
        "price",
        families=families,
        on_progress=lambda progress: not any(rung.score is not None for rung in progress.rungs),
    )
    assert ladder.rungs[0].score is not None
    assert all(rung.score is not None or rung.skipped.code == "stopped" for rung in ladder.rungs[:3])
