"""Log lines for people (`plain`) and for collectors (`json`)."""

from __future__ import annotations

import json
import logging
import time

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "request", "color_message"}


class RequestId(logging.Filter):
    """Puts the id of the request at hand on the line."""

    def filter(self, record: logging.LogRecord) -> bool:
        from seodang.site.config.middleware import request_id

        number = request_id.get()
        if number:
            record.request_id = number
        return True


def extras(record: logging.LogRecord) -> dict[str, object]:
    """What the caller gave as `extra=`."""
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


class PlainFormatter(logging.Formatter):
    """`12:03:44 INFO jobs.worker job done  job=3 seconds=0.21`."""

    def format(self, record: logging.LogRecord) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        name = record.name.removeprefix("seodang.").removeprefix("site.")
        line = f"{clock} {record.levelname:<7} {name}  {record.getMessage()}"
        pairs = " ".join(f"{key}={value}" for key, value in extras(record).items())
        if pairs:
            line += f"  {pairs}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


class JsonFormatter(logging.Formatter):
    """One JSON object a line, times in UTC seconds since the epoch."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": round(record.created, 3),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **extras(record),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False, default=str)
