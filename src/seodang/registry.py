"""Name → object, for everything that grows by one file.

A registry imports the modules of its package on first use, so that a new file registers itself and no list
names it; plug-ins of other distributions come in by the same door, through entry points of the group
`seodang.<kind>s`.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from seodang.errors import SeodangError
from seodang.i18n import N_

T = TypeVar("T")


class UnknownNameError(SeodangError):
    """A name that no registry entry bears."""

    code = "unknown_name"


class Registry(Generic[T]):
    """Objects by name, loaded when first asked for.

    Args:
        kind: what an entry is called in messages, e.g. "metric".
        package: dotted name of the package whose modules register entries when imported.
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self.package = package
        self._entries: dict[str, T] = {}
        self._loaded = False

    def register(self, name: str) -> Callable[[T], T]:
        """Decorate or call: `registry.register("rmse")(metric)`."""

        def keep(entry: T) -> T:
            if name in self._entries and self._entries[name] is not entry:
                raise ValueError(f"two {self.kind}s are named {name!r}: {self._entries[name]!r} and {entry!r}")
            self._entries[name] = entry
            return entry

        return keep

    def load(self) -> None:
        if self._loaded:
            return
        package = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(package.__path__):
            if not module.name.startswith("_"):
                importlib.import_module(f"{self.package}.{module.name}")
        for point in entry_points(group=f"seodang.{self.kind}s"):
            self.register(point.name)(point.load())
        self._loaded = True

    def get(self, name: str) -> T:
        """The entry of that name.

        Raises:
            UnknownNameError: with the nearest names.
        """
        self.load()
        if name in self._entries:
            return self._entries[name]
        near = difflib.get_close_matches(name, self._entries, n=1, cutoff=0.5)
        if near:
            raise UnknownNameError(
                N_("There is no %(kind)s named “%(name)s”."),
                hint=N_("Did you mean “%(near)s”?"),
                kind=self.kind,
                name=name,
                near=near[0],
            )
        raise UnknownNameError(
            N_("There is no %(kind)s named “%(name)s”."),
            hint=N_("Known: %(known)s."),
            kind=self.kind,
            name=name,
            known=", ".join(sorted(self._entries)),
        )

    def names(self) -> list[str]:
        self.load()
        return sorted(self._entries)

    def __iter__(self) -> Iterator[T]:
        return (self._entries[name] for name in self.names())

    def __contains__(self, name: object) -> bool:
        self.load()
        return name in self._entries

    def __len__(self) -> int:
        self.load()
        return len(self._entries)
