"""What click itself says, so that a Korean terminal reads Korean throughout.

click asks the standard library's gettext for its words. `speak` points that at the shell's own catalogue, in which
these words stand beside ours; click ships no translations.
"""

from __future__ import annotations

import gettext as stdlib_gettext
import os
from pathlib import Path

from seodang.i18n import N_, current_language

WORDS = (
    N_("Usage:"),
    N_("Options"),
    N_("Commands"),
    N_("Show this message and exit."),
    N_("Show the version and exit."),
    N_("%(prog)s, version %(version)s"),
    N_("Error: {message}"),
    N_("Aborted!"),
    N_("Missing argument"),
    N_("Missing option"),
    N_("Missing parameter"),
    N_("Missing command."),
    N_("No such command {name!r}."),
    N_("No such option {name!r}."),
    N_("Option {name!r} does not take a value."),
    N_("Try '{command} {option}' for help."),
    N_("Invalid value: {message}"),
    N_("Invalid value for {param_hint}: {message}"),
    N_("default: {default}"),
    N_("env var: {var}"),
    N_("file"),
    N_("directory"),
    N_("path"),
    N_("{name} {filename!r} does not exist."),
    N_("{name} {filename!r} is a directory."),
    N_("{name} {filename!r} is a file."),
    N_("{name} {filename!r} is not readable."),
    N_("{value!r} is not a valid {number_type}."),
    N_("{value} is not in the range {range}."),
)


def speak() -> None:
    """Make click speak the reader's language from now on."""
    if current_language() != "ko":
        return
    # gettext reads the language from the environment alone, while ours may come from SEODANG_LANG.
    os.environ["LANGUAGE"] = "ko"
    stdlib_gettext.bindtextdomain("messages", str(Path(__file__).parent / "locale"))
    stdlib_gettext.textdomain("messages")
