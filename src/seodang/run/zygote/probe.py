"""An entry that runs what it is told: Python source in, one JSON value out.

The self-attack (`run.check`) and the tests send it what a student might have written. It trusts nothing it runs;
who reads its answer must not trust it either.
"""

from __future__ import annotations

import json
import socket
from typing import Any

from seodang.run.zygote.framing import read_message, write_message


def main(channels: list[socket.socket], label: str) -> None:
    """Run each message of channel 0 as source; after each, send what it left in `answer`."""
    while (source := read_message(channels[0])) is not None:
        names: dict[str, Any] = {"channels": channels, "label": label, "answer": None}
        try:
            exec(compile(source, "<probe>", "exec"), names)  # noqa: S102 - that is its work
            reply = {"answer": names["answer"]}
        except BaseException as error:
            reply = {"error": type(error).__name__, "said": str(error), "errno": getattr(error, "errno", None)}
        write_message(channels[0], json.dumps(reply).encode())
