"""The sandbox attacks itself: memory, processes, network, hidden file, link and more, in real children.

Whoever runs the work of others calls `require_holding` first: it refuses while any limit does not hold. What the
check does not cover is said in docs/explanation/sandbox.md.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from seodang.errors import SeodangError, fill
from seodang.i18n import N_
from seodang.run._attacks import ATTACKS, Broken, Ground
from seodang.run.errors import SandboxUnavailable
from seodang.run.sandboxes import Sandbox
from seodang.run.zygote import Zygote


@dataclass(frozen=True)
class Held:
    """One limit. `title`, `why` and `mend` are msgids; `params` fills the last two."""

    limit: str
    title: str
    holds: bool
    why: str = ""
    mend: str = ""
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Why it does not hold, in the reader's language."""
        return fill(self.why, self.params) if self.why else ""

    @property
    def advice(self) -> str:
        return fill(self.mend, self.params) if self.mend else ""

    def as_json(self) -> dict[str, Any]:
        return {
            "limit": self.limit,
            "title": fill(self.title, {}),
            "holds": self.holds,
            "why": self.reason,
            "mend": self.advice,
        }


def attack_itself(sandbox: Sandbox) -> tuple[Held, ...]:
    """Each limit, attacked: a second or two."""
    try:
        problem = sandbox.unavailable()
        if problem is not None:
            raise problem
        with Zygote(sandbox=sandbox, entry="seodang.run.zygote.probe:main") as zygote:
            ground = Ground(sandbox, zygote)
            with ThreadPoolExecutor(max_workers=4) as pool:
                return tuple(pool.map(lambda limit: _attacked(limit, ground), ATTACKS))
    except SeodangError as error:
        return tuple(
            Held(limit, title, False, error.template, error.hint_template, dict(error.params))
            for limit, (title, _mend, _attack) in ATTACKS.items()
        )


def _attacked(limit: str, ground: Ground) -> Held:
    title, mend, make = ATTACKS[limit]
    found: Broken | None
    try:
        found = make(ground)
    except SeodangError as error:
        return Held(limit, title, False, error.template, error.hint_template or mend, dict(error.params))
    except Exception as error:
        found = Broken(N_("The attack could not be made: %(said)s"), {"said": f"{type(error).__name__}: {error}"})
    return Held(limit, title, True) if found is None else Held(limit, title, False, found.why, mend, found.params)


_found: dict[str, tuple[Held, ...]] = {}
_lock = threading.Lock()


def begin(sandbox: Sandbox) -> None:
    """Let the sandbox attack itself beside whatever else is prepared; `require_holding` then waits for the end.

    Raises:
        SandboxUnavailable: it has no walls at all.
    """
    _require_walls(sandbox)
    threading.Thread(target=_attack_once, args=(sandbox,), name="seodang-check").start()


def require_holding(sandbox: Sandbox) -> None:
    """Refuse to run the work of others in a sandbox that does not hold. Attacks once per process.

    Raises:
        SandboxUnavailable: with the first limit that does not hold, and how to mend it.
    """
    _require_walls(sandbox)
    for held in _attack_once(sandbox):
        if not held.holds:
            problem = sandbox.unavailable()
            if problem is not None:
                raise problem
            raise SandboxUnavailable(
                N_("A limit of the sandbox “%(sandbox)s” does not hold (%(limit)s): %(reason)s"),
                hint=N_("%(advice)s Then look with: seodang sandbox check"),
                sandbox=sandbox.name,
                limit=held.limit,
                reason=held.reason,
                advice=held.advice,
            )


def _require_walls(sandbox: Sandbox) -> None:
    if not sandbox.confines:
        raise SandboxUnavailable(
            N_("The sandbox “%(sandbox)s” has no walls, so the work of others is not run in it."),
            hint=N_("Use the sandbox “bubblewrap” (apt install bubblewrap) for the work of others."),
            sandbox=sandbox.name,
        )


def _attack_once(sandbox: Sandbox) -> tuple[Held, ...]:
    """What was found when all held; else look again, for somebody may have mended it."""
    with _lock:
        if sandbox.name not in _found or not all(held.holds for held in _found[sandbox.name]):
            _found[sandbox.name] = attack_itself(sandbox)
        return _found[sandbox.name]
