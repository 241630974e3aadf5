"""A climb as a process of its own, for servers that must not load models into themselves.

    python -m seodang.learn.program

One line of JSON comes in on standard input; lines of JSON go out on standard output as the climb goes on, each with
one key: `progress` (`Progress`, with titles), and at the end `result` or `problem`. Files lie in the request's
folder `out`. The process ends with its standard input: who started it closes that, or dies, and it is gone.

The request `{"do": "climb", "table", "target", "out", …}` may hold `budget`, `task`, `metric`, `group`, `time`,
`seed`, `workers`, `families` as `fit` takes them, `leave_out` (columns not to learn from), `predict` (a table that
every rung predicts), `language` (of the report), `memory_bytes` (that one process may hold). It makes
`report.html`, `model.zip` and `predictions/<rung>.csv`. The request `{"do": "predict", "model", "table", "out"}`
makes `prediction.csv` with the saved model. Columns in `leave_out` are copied in front of predictions.

Texts are sent as they are kept, as template and values, so that each reader gets them in their own language. Tables
are read as data: nothing in them is ever run.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
import tempfile
import threading
import traceback
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seodang.errors import SeodangError
from seodang.i18n import N_
from seodang.learn.errors import ModelUnreadable

if TYPE_CHECKING:
    import pandas as pd

    from seodang.learn.ladder import Ladder
    from seodang.learn.rungs import Progress, Rung, Said

Tell = Callable[[str, Any], None]
REFUSED, BROKEN, ABANDONED = 1, 2, 3
PASSED_ON = ("budget", "task", "metric", "group", "time", "seed", "workers", "families")
NICENESS = 5
MODEL_BYTES = 2**31


def main() -> int:
    tell = _telling(_stdout_of_our_own())
    with open(0, "rb", buffering=0, closefd=False) as stdin:
        request = json.loads(stdin.readline())
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    os.nice(NICENESS)
    _bound_memory(request.get("memory_bytes"))
    try:
        tell("result", {"climb": climb, "predict": predict}[request["do"]](request, tell))
    except SeodangError as error:
        tell("problem", problem_json(error))
        return REFUSED
    except MemoryError:
        tell("problem", problem_json(_out_of_memory()))
        return REFUSED
    except Exception:  # who started it reads the last lines of standard error
        traceback.print_exc()
        return BROKEN
    return 0


# --- what it does ---------------------------------------------------------------------------------------------


def climb(request: dict[str, Any], tell: Tell) -> dict[str, Any]:
    """Climb, then predict, save and report; what follows the climb may fail without losing it (`lost`)."""
    from seodang.learn.ladder import fit

    out = Path(request["out"])
    leave_out = list(request.get("leave_out") or ())
    table = _table(request["table"], leave_out) if leave_out else request["table"]
    options = {name: request[name] for name in PASSED_ON if request.get(name) is not None}
    last: list[Progress] = []

    def hear(progress: Progress) -> None:
        last[:] = [progress]
        tell("progress", progress_json(progress))

    lost: list[str] = []
    with fit(table, request["target"], on_progress=hear, **options) as ladder:
        found = _found(ladder)

        def go_on(stage: str) -> None:
            if last:
                tell("progress", {**progress_json(last[0]), "stage": stage, "now": ""})

        if request.get("predict"):
            go_on("predicting")
            found["prediction_problem"] = _predict_with_each(ladder, request["predict"], leave_out, out)
        go_on("saving")
        _or_lost("model", lost, lambda: _save(ladder, out / "model.zip"))
        go_on("reporting")
        _or_lost("report", lost, lambda: ladder.report(out / "report.html", language=request.get("language")))
    return {**found, "lost": lost}


def predict(request: dict[str, Any], tell: Tell) -> dict[str, Any]:
    from seodang.learn.data.read import read_frame
    from seodang.learn.saved import load

    with tempfile.TemporaryDirectory(prefix="seodang-model-") as folder:
        _unpack(Path(request["model"]), Path(folder))
        frame = read_frame(request["table"])
        predicted = load(folder).predict(frame)
    _write(predicted, frame, request.get("leave_out") or (), Path(request["out"]) / "prediction.csv")
    return {"rows": len(frame)}


def _found(ladder: Ladder) -> dict[str, Any]:
    return {
        "metric": ladder.metric,
        "task": str(ladder.task),
        "best": ladder.best.name,
        "seconds": round(ladder.seconds, 3),
        "labels": [str(label) for label in ladder.schema.labels],
        "rungs": [rung_json(rung) for rung in ladder.rungs],
        "warnings": [said_json(said) for said in ladder.warnings],
        "notes": [said_json(said) for said in ladder.notes],
    }


def _predict_with_each(ladder: Ladder, path: str, leave_out: Sequence[str], out: Path) -> dict[str, Any] | None:
    """A file for each rung; what is wrong with the table, if it cannot be predicted."""
    from seodang.learn.data.read import read_frame

    try:
        frame = read_frame(path)
        for rung in ladder.rungs:
            if rung.skipped is None and rung.score is not None:
                predicted = ladder.predict(frame, rung=rung.name)
                _write(predicted, frame, leave_out, out / "predictions" / f"{rung.name}.csv")
    except SeodangError as error:
        return problem_json(error)
    return None


def _or_lost(name: str, lost: list[str], make: Callable[[], object]) -> None:
    try:
        make()
    except Exception:  # an hour's climb is not thrown away for its report
        traceback.print_exc()
        lost.append(name)


# --- files ----------------------------------------------------------------------------------------------------


def _table(path: str, leave_out: Sequence[str]) -> pd.DataFrame:
    from seodang.learn.data.read import read_frame

    frame = read_frame(path)
    return frame.drop(columns=[name for name in leave_out if name in frame.columns])


def _write(predicted: pd.DataFrame, frame: pd.DataFrame, leave_out: Iterable[str], path: Path) -> None:
    """Predictions in the table's order, its left-out columns (an id) in front."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for place, name in enumerate(name for name in leave_out if name in frame.columns and name not in predicted):
        predicted.insert(place, name, frame[name].to_numpy())
    predicted.to_csv(path, index=False)


def _save(ladder: Ladder, path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="seodang-model-") as folder:
        ladder.save(Path(folder) / "model")
        made = shutil.make_archive(str(path.with_suffix("")), "zip", Path(folder) / "model")
    Path(made).replace(path)


def _unpack(archive: Path, folder: Path) -> None:
    """A model that this program zipped. Names that leave the folder and more than `MODEL_BYTES` are refused."""
    with zipfile.ZipFile(archive) as opened:
        if sum(member.file_size for member in opened.infolist()) > MODEL_BYTES:
            raise ModelUnreadable(N_("The saved model is larger than a model may be."))
        opened.extractall(folder)


# --- words ----------------------------------------------------------------------------------------------------


def progress_json(progress: Progress) -> dict[str, Any]:
    return {**progress.as_json(), "rungs": [told_json(rung) for rung in progress.rungs]}


def told_json(rung: Rung) -> dict[str, Any]:
    skipped = None if rung.skipped is None else said_json(rung.skipped)
    return {**rung.as_json(), "title": rung.title, "skipped": skipped}


def rung_json(rung: Rung) -> dict[str, Any]:
    return {
        **told_json(rung),
        "n_candidates": rung.n_candidates,
        "settings": dict(rung.settings),
        "optimism": rung.optimism,
        "fold_scores": list(rung.fold_scores),
    }


def said_json(said: Said) -> dict[str, Any]:
    return {"code": said.code, "template": said.template, "params": dict(said.params), "column": said.column}


def problem_json(error: SeodangError) -> dict[str, Any]:
    return {
        "code": error.code,
        "template": error.template,
        "hint": error.hint_template,
        "params": dict(error.params),
    }


def _out_of_memory() -> SeodangError:
    return SeodangError(
        N_("This table needs more memory than one climb may have here."),
        hint=N_("Leave out columns or rows that are not needed, and try again."),
        code="memory",
    )


def plain(value: Any) -> Any:
    """What JSON can hold: numbers of NumPy as numbers, NaN and infinities as nothing, the rest as text."""
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int) or value is None:
        return value
    return str(value).replace("\x00", "\N{REPLACEMENT CHARACTER}")  # which no database keeps


# --- the process ----------------------------------------------------------------------------------------------


def _stdout_of_our_own() -> int:
    """The descriptor that lines go to; what libraries print goes to standard error from now on."""
    own = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return own


def _telling(descriptor: int) -> Tell:
    stream = os.fdopen(descriptor, "w", encoding="utf-8")

    def tell(kind: str, value: Any) -> None:
        stream.write(json.dumps({kind: plain(value)}, ensure_ascii=False) + "\n")
        stream.flush()

    return tell


def _end_with_stdin() -> None:
    """Raw reads: a buffered one would hold its lock when the interpreter ends."""
    while os.read(0, 4096):
        pass
    os._exit(ABANDONED)


def _bound_memory(most_bytes: int | None) -> None:
    """Of each process. Data, not addresses: libraries reserve far more of those than they ever use."""
    if most_bytes:
        import resource

        _soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = most_bytes if hard == resource.RLIM_INFINITY else min(most_bytes, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


if __name__ == "__main__":
    raise SystemExit(main())
