"""Every attack of the catalogue, in every sandbox: points stay at the honest ones, and nothing else is harmed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from tests.attacks.arena import Arena, Outcome
from tests.attacks.attack import Attack, catalogue
from tests.attacks.lab import FULL, POINTS

from seodang.grade.execute import Executor
from seodang.run.errors import SandboxUnavailable
from seodang.run.sandboxes import SANDBOXES, choose

CATALOGUE = catalogue()


@pytest.mark.parametrize("attack", CATALOGUE, ids=lambda attack: f"{attack.group}-{attack.name}")
@pytest.mark.parametrize("sandbox", ["bubblewrap", "none"])
def test_an_attack_gains_nothing_and_harms_nothing(attack: Attack, sandbox: str, arenas, tmp_path: Path) -> None:
    unavailable = choose(sandbox).unavailable()
    if unavailable is not None:
        pytest.skip(str(unavailable))
    if attack.needs_wall and not choose(sandbox).confines:
        with pytest.raises(SandboxUnavailable):
            Executor(sandbox=choose(sandbox)).check()
        return
    arena: Arena = arenas(sandbox)
    if attack.program:
        assert arena.traps.harm(arena.run(attack, tmp_path)) == []
    else:
        outcome, neighbour = arena.attack(attack)
        assert_withstood(arena, attack, outcome)
        assert neighbour.points == FULL, f"marked beside the attack: {neighbour.describe()}"
        if attack.again is not None:
            again, _ = arena.attack(attack.again)
            assert_withstood(arena, attack.again, again)
    after = arena.honest()
    assert after.points == FULL, f"marked after the attack: {after.describe()}"


def assert_withstood(arena: Arena, attack: Attack, outcome: Outcome) -> None:
    harm = arena.traps.harm([*outcome.shown, *outcome.kept])
    told = outcome.describe()
    assert harm == [], told
    shown = "\n".join(outcome.shown)
    assert [word for word in arena.attacked.hidden if word in shown] == [], f"a hidden test was shown; {told}"
    if outcome.graded.problem is not None:
        assert attack.refused, told
        return
    assert attack.only_told or outcome.points <= attack.honest, told
    assert all((one.points or Decimal(0)) >= 0 for one in outcome.graded.questions), told
    for question in attack.keeps:
        assert outcome.points_of(question) == POINTS[question], f"{question} lost its points; {told}"
    if attack.flagged:
        assert outcome.is_flagged, f"nobody is told to look; {told}"


@pytest.mark.parametrize("sandbox", ["bubblewrap", "none"])
def test_an_honest_notebook_earns_everything_and_no_flag(sandbox: str, arenas) -> None:
    unavailable = choose(sandbox).unavailable()
    if unavailable is not None:
        pytest.skip(str(unavailable))
    outcome = arenas(sandbox).honest()
    assert outcome.points == FULL
    assert outcome.graded.flags == ()


def test_the_catalogue_is_whole() -> None:
    assert len(CATALOGUE) >= 100
    assert len({attack.name for attack in CATALOGUE}) == len(CATALOGUE)
    assert all(attack.title for attack in CATALOGUE)
    assert {"bubblewrap", "none"} <= set(SANDBOXES.names())
