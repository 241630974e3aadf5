"""The local image: the Python environment that Seodang itself runs in, as a list of what may be seen of it.

An allow-list. The system's programs and libraries, a handful of files of /etc, the environment (`sys.prefix`, its
base), and of Seodang only what a run needs. No home, no storage, no database; a folder to hide that lies beneath
something shown is covered, and where that cannot be done the image refuses to be built.
"""

from __future__ import annotations

import os
import site
import sys
from dataclasses import dataclass
from pathlib import Path

from seodang.i18n import N_
from seodang.run.errors import SandboxUnavailable

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
OF_ETC = (
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "alternatives",
    "fonts",
    "localtime",
    "timezone",
    "mime.types",
)
# Parts of Seodang that hold other people's work or answers, or that no run needs.
COVERED_PARTS = ("site", "library", "cli", "client", "course")


@dataclass(frozen=True)
class Image:
    """`readonly`: folders and files shown as they are. `links`: symbolic links to be made. `covered`: hidden again.
    `python`: the interpreter. `path`: where it finds Seodang."""

    python: str
    readonly: tuple[Path, ...]
    links: tuple[tuple[str, str], ...]
    covered: tuple[Path, ...]
    path: tuple[str, ...]


def local_image(hidden: tuple[Path, ...] = ()) -> Image:
    package = Path(__file__).resolve().parent.parent
    shown = _without_nested([*_system(), *_environment(), package])
    links = [(str(Path(name).readlink()), name) for name in SYSTEM if Path(name).is_symlink()]
    covered = [package / part for part in COVERED_PARTS if (package / part).is_dir()]
    covered += [path for path in _resolved((*hidden, *_of_this_site())) if _lies_in(path, shown)]
    for path in covered:
        _refuse_if_needed(path, package)
    chain = _links_to_python(shown)
    return Image(sys.executable, tuple(shown), tuple(links + chain), tuple(covered), (str(package.parent),))


def _system() -> list[Path]:
    found = [Path(name) for name in SYSTEM if Path(name).is_dir() and not Path(name).is_symlink()]
    found += [Path("/etc", name) for name in OF_ETC if Path("/etc", name).exists()]
    return found + sorted(Path("/etc").glob("python3*"))


def _environment() -> list[Path]:
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    packages = {entry for entry in sys.path if Path(entry).name in {"site-packages", "dist-packages"}}
    if site.ENABLE_USER_SITE:
        packages.add(site.getusersitepackages())
    found = [Path(name) for name in sorted(prefixes | packages) if Path(name).is_dir()]
    for path in found:
        if path.resolve() in {Path("/"), Path.home().resolve()} | set(Path.home().resolve().parents):
            raise SandboxUnavailable(
                N_("The Python environment “%(path)s” is a whole home or system: showing it would show too much."),
                hint=N_("Install Seodang in a virtual environment of its own (python3 -m venv)."),
                path=str(path),
            )
    return found


def _of_this_site() -> list[Path]:
    """What the environment says about the site's own files."""
    found = []
    if os.environ.get("SEODANG_STORAGE"):
        found.append(Path(os.environ["SEODANG_STORAGE"]))
    address = os.environ.get("DATABASE_URL", "")
    if address.startswith("sqlite:///"):
        found += [Path(address.removeprefix("sqlite:///") + ending) for ending in ("", "-wal", "-shm")]
    return found


def _resolved(paths: tuple[Path, ...]) -> list[Path]:
    return [path.expanduser().resolve() for path in paths if path.expanduser().exists()]


def _lies_in(path: Path, shown: list[Path]) -> bool:
    return any(path.is_relative_to(folder.resolve()) for folder in shown)


def _refuse_if_needed(covered: Path, package: Path) -> None:
    """A hidden folder must not hold what a run needs."""
    here = Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable), Path(os.__file__).parent
    for needed in (package / "run", *here):
        if needed.resolve().is_relative_to(covered):
            raise SandboxUnavailable(
                N_("“%(hidden)s” must be hidden from runs, but Python itself lies in it (“%(needed)s”)."),
                hint=N_("Keep storage, database and the Python environment in separate folders."),
                hidden=str(covered),
                needed=str(needed),
            )


def _without_nested(paths: list[Path]) -> list[Path]:
    kept: list[Path] = []
    for path in sorted(set(paths)):
        if not any(path.is_relative_to(folder) for folder in kept):
            kept.append(path)
    return kept


def _links_to_python(shown: list[Path]) -> list[tuple[str, str]]:
    """Links outside what is shown, on the way from `sys.executable` to the interpreter itself."""
    found, here = [], Path(sys.executable)
    for _ in range(40):
        link = next((p for p in (*reversed(here.parents), here) if p.is_symlink()), None)
        if link is None:
            break
        if not any(link.is_relative_to(folder) for folder in shown) and str(link) not in SYSTEM:
            found.append((str(link.readlink()), str(link)))
        here = Path(os.path.normpath(link.parent / link.readlink() / here.relative_to(link)))
    return found
