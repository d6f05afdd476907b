"""The errors that a user can cause and correct: each names what, where and what to do."""


class RecommenderError(Exception):
    """Base of all errors that are shown as one message, without a stack trace."""


class DataError(RecommenderError):
    """A file or table has unexpected content: names the file, the line or column, what was found and expected."""


class ParameterError(RecommenderError):
    """A parameter or argument is unknown, of the wrong type or out of range: names the key and the valid values."""


class DownloadError(RecommenderError):
    """No source gave the original bytes: names each source that was tried and why it failed."""


def one_line(error: object) -> str:
    """Return the words of an error on one line of at most 300 characters: some libraries quote what they read."""
    words = " ".join(str(error).split())
    return words if len(words) <= 300 else f"{words[:300]}…"
