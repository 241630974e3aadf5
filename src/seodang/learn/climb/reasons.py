"""Why a family is not on the ladder, in sentences."""

from __future__ import annotations

from seodang.errors import SeodangError
from seodang.i18n import N_
from seodang.learn.climb.crew import Event, Lost
from seodang.learn.climb.memory import GIB
from seodang.learn.rungs import Said


def failure(event: Event, part_bytes: int) -> Said:
    """Of a fit that brought nothing."""
    if isinstance(event, Lost):
        if event.held_bytes:
            return Said(
                "memory",
                N_("It needed more than %(gib)s GiB of memory."),
                {"gib": f"{part_bytes / GIB:.1f}"},
            )
        return Said("crashed", N_("Its process ended without an answer. %(reason)s"), {"reason": event.reason})
    if isinstance(event.answer.error, MemoryError):
        return Said("memory", N_("It ran out of memory."), {})
    if isinstance(event.answer.error, SeodangError):
        return Said("failed", event.answer.error.template, event.answer.error.params)
    return Said("failed", N_("It failed: %(reason)s"), {"reason": event.answer.reason})


def keras_missing(event: Event) -> Said:
    reason = event.reason if isinstance(event, Lost) else event.answer.reason
    return Said("no_keras", N_("Keras could not be imported: %(reason)s"), {"reason": reason})


def no_time_for_keras(budget: float) -> Said:
    return Said(
        "budget",
        N_("Importing Keras alone takes seconds, and the budget is %(budget)s s."),
        {"budget": f"{budget:g}"},
    )


def first_fold_too_slow(seconds: float, n_folds: int) -> Said:
    return Said(
        "too_slow",
        N_(
            "The first of %(folds)s folds was not done after %(seconds)s s; all of them do not fit into the budget."
        ),
        {"folds": n_folds, "seconds": f"{seconds:.1f}"},
    )


def folds_too_slow(fold_seconds: float, n_folds: int, seconds_left: float) -> Said:
    return Said(
        "too_slow",
        N_("One of %(folds)s folds takes %(seconds)s s; the others do not fit into the %(left)s s that are left."),
        {"folds": n_folds, "seconds": f"{fold_seconds:.1f}", "left": f"{seconds_left:.1f}"},
    )


def time_was_up(n_done: int, n_folds: int) -> Said:
    if not n_done:
        return Said("time_up", N_("The time was up before its first fold was done."), {})
    return Said(
        "time_up",
        N_("The time was up when %(done)s of its %(folds)s folds were done."),
        {"done": n_done, "folds": n_folds},
    )


def stopped() -> Said:
    return Said("stopped", N_("The climb was stopped before it was done."), {})
