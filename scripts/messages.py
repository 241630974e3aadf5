"""Korean catalogues: `update` them from the sources (and compile), `check` that nothing is missing, `compile`.

Named apps (`update courses jobs`) limit it to them. Babel does the work, so no GNU gettext is needed. Each site app
has `locale/ko/LC_MESSAGES/django.po`, each package outside the site `locale/ko/LC_MESSAGES/messages.po`; templates
go through Django's own `templatize`.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "seodang"
# Messages of these modules stand in another package's catalogue.
CORE = ("errors.py", "registry.py", "i18n.py")
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
Message = tuple[str, int, object, list[str], str | None]


def catalogues() -> Iterator[tuple[Path, list[Path]]]:
    """Each catalogue's path with the source files it speaks for."""
    for app in sorted((PACKAGE / "site").iterdir()):
        if (app / "__init__.py").exists() and app.name != "config":
            sources = [
                p for p in app.rglob("*") if p.suffix in {".py", ".html", ".txt"} and "migrations" not in p.parts
            ]
            yield app / "locale/ko/LC_MESSAGES/django.po", sorted(sources)
    for name in ("score", "run", "grade", "learn", "client", "cli"):
        sources = list((PACKAGE / name).rglob("*.py"))
        if name == "score":
            sources += [PACKAGE / module for module in CORE]
        if name == "cli":
            # Start-up messages are read in a terminal, and before there are settings.
            sources += list((PACKAGE / "site" / "config").glob("*.py"))
        yield PACKAGE / name / "locale/ko/LC_MESSAGES/messages.po", sorted(sources)


def messages_of(path: Path) -> Iterator[Message]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        from django.conf import settings
        from django.utils.translation.template import templatize

        if not settings.configured:
            settings.configure(USE_I18N=True)
        text = templatize(text, origin=str(path))
        # What is not a message is blotted out but keeps its indentation, which Python's tokenizer would refuse.
        text = "\n".join(line.strip() for line in text.splitlines())
    name = path.relative_to(ROOT).as_posix()
    options = {"encoding": "utf-8"}
    for line, message, comments, context in extract(
        "python", io.BytesIO(text.encode()), keywords=KEYWORDS, comment_tags=["Translators:"], options=options
    ):
        yield name, line, message, comments, context


def gather(sources: list[Path]) -> Catalog:
    catalogue = Catalog(locale="ko", project="Seodang", charset="utf-8", fuzzy=False)
    for source in sources:
        for name, _line, message, comments, context in messages_of(source):
            flags = {"python-format"} if re.search(r"%\(\w+\)[sdif]", str(message)) else set()
            catalogue.add(message, locations=[(name, None)], auto_comments=comments, context=context, flags=flags)
    return catalogue


def read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale="ko", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale="ko")


def holes(path: Path, wanted: Catalog, have: Catalog) -> list[str]:
    """What stands in the sources and not, or not wholly, in the catalogue."""
    found = []
    for message in wanted:
        if not message.id:
            continue
        key = message.id[0] if isinstance(message.id, tuple) else message.id
        translated = have.get(key, message.context)
        strings = translated.string if translated else None
        strings = list(strings) if isinstance(strings, tuple | list) else [strings]
        if not all(strings):
            found.append(f"{path.relative_to(ROOT)}: no Korean for {key!r}")
        elif translated.fuzzy:
            found.append(f"{path.relative_to(ROOT)}: fuzzy: {key!r}")
        else:
            places = set(re.findall(r"%\(\w+\)[sdif]", str(message.id)))
            for string in strings:
                if isinstance(message.id, str) and set(re.findall(r"%\(\w+\)[sdif]", string)) != places:
                    found.append(f"{path.relative_to(ROOT)}: other places than {sorted(places)} in {string!r}")
    return found


def clashes() -> list[str]:
    """English that two of the site's apps put into different Korean: Django shows the first app's everywhere."""
    said: dict[object, tuple[str, Path]] = {}
    found = []
    for path, _sources in catalogues():
        if path.name != "django.po" or not path.exists():
            continue
        for message in read(path):
            key = (message.context, message.id)
            if not message.id or not message.string:
                continue
            before, where = said.setdefault(key, (message.string, path))
            if before != message.string:
                found.append(
                    f"{path.relative_to(ROOT)}: {message.id!r} is {message.string!r} here and {before!r} in "
                    f"{where.relative_to(ROOT)}; say it alike, or tell them apart with pgettext"
                )
    return found


def compile_one(path: Path) -> None:
    catalogue = read(path)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)


def main(action: str, only: list[str]) -> int:
    problems: list[str] = []
    for path, sources in catalogues():
        if only and path.parents[3].name not in only:
            continue
        if action == "compile":
            if path.exists():
                compile_one(path)
            continue
        wanted = gather(sources)
        if not len(wanted):
            continue
        if action == "update":
            have = read(path)
            have.update(wanted, no_fuzzy_matching=True, update_header_comment=False)
            have.obsolete.clear()
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                write_po(file, have, width=110, sort_output=True, omit_header=True, ignore_obsolete=True)
            compile_one(path)
        problems += holes(path, wanted, read(path))
    if action == "check":
        problems += clashes()
    for problem in problems:
        print(problem)
    if action == "check":
        print(f"{len(problems)} faults in the Korean catalogues." if problems else "Korean is complete.")
    return 1 if problems and action == "check" else 0


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in {"check", "update", "compile"}:
        sys.exit("usage: messages.py check | update | compile [APP ...]")
    sys.exit(main(sys.argv[1], sys.argv[2:]))
