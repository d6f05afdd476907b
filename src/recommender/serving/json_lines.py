"""The log of the service: one JSON object per line on stderr."""

import datetime as dt
import json
import logging
from typing import Any

LOG = logging.getLogger("recommender.serving")


class JsonLines(logging.Formatter):
    """Writes a record as one line: time, level, message and the fields that were given with it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line)


def say(message: str, level: int = logging.INFO, **fields: Any) -> None:
    """Write a line."""
    LOG.log(level, message, extra={"fields": fields})


CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JsonLines}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
    "loggers": {
        LOG.name: {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "uvicorn.error": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
"""For `logging.config.dictConfig`; uvicorn applies it in each worker."""
