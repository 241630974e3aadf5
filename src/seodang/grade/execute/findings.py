"""What the harness noticed: flags for a person, and the tests that it makes void."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from seodang.grade.execute.executed import Outcome, TestRun
from seodang.grade.results import Flag, Severity
from seodang.i18n import N_

NAMES_SHOWN = 5
_NOTICED = {
    "audit_hook": N_("The code tried to add an audit hook, which would see the tests being run; it was refused."),
    "frames": N_("The code tried to look at the frames below its own, where the marking stands; it was refused."),
    "code_replaced": N_("The code replaces the code of a function."),
    "false_name": N_("The code compiled something under the name of a library's file; it was refused."),
    "tracing": N_("The code tried to set a trace or profile function, which is handed frames; it was refused."),
    "memory": N_("The code reached for memory by its address, past Python (ctypes); later tests earn no points."),
    "native": N_("The code reads or writes memory past Python (ctypes)."),
    "proc": N_("The code tried to read /proc while a test ran; it was refused."),
    "replaced": N_("Had been replaced, and was put back before the test: %(detail)s"),
    "shadowed": N_("The built-in “%(detail)s” had been given another meaning; the test used the original."),
    "rebound": N_("“%(detail)s” had been given another meaning; the test used what the lab imports."),
    "thread": N_("The thread “%(detail)s” could not be stopped before the tests ran."),
}
_EVIDENCE = {
    "assert": N_("A failing assert raised nothing while this test ran; it earns no points."),
    "comparison": N_("A comparison that must fail held while this test ran; it earns no points."),
    "threads": N_("A thread of the submission ran beside this test; it earns no points."),
    "forged": N_("Something else than the test answered for it; it earns no points."),
    "frames": N_("The submission looked at the stack of the running test; it earns no points."),
    "audit_hook": N_("The submission tried to add an audit hook during the test; it earns no points."),
    "false_name": N_("The submission compiled code under a library's name during the test; it earns no points."),
    "tracing": N_("The submission tried to trace the running test; it earns no points."),
    "memory": N_(
        "The submission reached into its process's memory, where it could change this test; it earns no points "
        "until a person decides."
    ),
    "value": N_("The value that the test gave is an object of the submission’s own making; it earns no points."),
    "proc": N_("The submission tried to read /proc during the test; it earns no points."),
}
_OTHER = N_("An integrity check of this test failed (%(detail)s); it earns no points.")


def without_reached(
    tests: Mapping[str, TestRun],
    findings: Iterable[tuple[str, str, str]],
    index_of: Mapping[str, int],
    forks: Mapping[str, int],
) -> dict[str, TestRun]:
    """The tests, those void that the notebook's own cells could have reached through memory.

    Spared is a test whose process was forked before the first such cell, which writes into another.

    index_of: test → its cell; forks: test → its process, 0 for a test that ran in the notebook's own.
    """
    cells = [int(cell[1:]) - 1 for code, _detail, cell in findings if code == "memory" and cell.startswith("#")]
    first = min(cells, default=None)
    # Tests that share the notebook's own process can be reached from one another.
    shared = any("memory" in run.evidence for name, run in tests.items() if not forks.get(name))

    def is_spared(name: str) -> bool:
        if not forks.get(name):
            return first is None and not shared
        return first is None or index_of.get(name, -1) < first

    return {name: run if is_spared(name) else _reached(run) for name, run in tests.items()}


def _reached(run: TestRun) -> TestRun:
    if run.outcome is not Outcome.PASSED:  # it earns nothing as it is, and says why
        return run
    evidence = tuple(dict.fromkeys((*run.evidence, "memory")))
    return replace(run, outcome=Outcome.TAMPERED, value=None, evidence=evidence)


def _together(findings: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """What was replaced as one list of names, wherever it was noticed: every later test notices it again."""
    replaced: dict[str, str] = {}
    for code, detail, cell in findings:
        if code == "replaced":
            replaced.setdefault(detail, cell)
        else:
            yield code, detail, cell
    if replaced:
        names = ", ".join(list(replaced)[:NAMES_SHOWN]) + (", …" if len(replaced) > NAMES_SHOWN else "")
        yield "replaced", names, next(iter(replaced.values()))


def flags_of(findings: Iterable[tuple[str, str, str]], tests: Mapping[str, TestRun]) -> tuple[Flag, ...]:
    """One flag per kind and place."""
    flags: dict[tuple[str, str, str], Flag] = {}
    for code, detail, cell in _together(findings):
        template = _NOTICED.get(code)
        if template is not None:
            flags.setdefault((code, detail, cell), Flag(code, Severity.LOOK, template, {"detail": detail}, cell))
    for name, run in tests.items():
        if run.outcome is Outcome.TAMPERED:
            for evidence in run.evidence or ("forged",):
                kind = evidence.partition(":")[0]
                template = _EVIDENCE.get(kind, _OTHER)
                flag = Flag(f"tampered_{kind}"[:60], Severity.TAMPERING, template, {"detail": evidence}, name)
                flags.setdefault((f"tampered_{kind}", "", name), flag)
    return tuple(flags.values())[:100]
