"""Errors that end a command with one line on stderr, and their exit codes. Any other is a defect with a traceback."""

from clicks.errors import StatisticsError, StatisticsUnavailable
from fingerpost.child import EXIT_CONFIGURATION
from fingerpost.config import ConfigError
from links.errors import LinkError, SchemaError

EXIT_OTHER = 1


class CommandError(Exception):
    """A command cannot be carried out; the message is one line."""


def exit_code(error: Exception) -> int | None:
    """The exit code of a foreseen error, ``None`` for a defect."""
    if isinstance(error, StatisticsUnavailable):
        return EXIT_OTHER
    if isinstance(error, ConfigError | SchemaError | StatisticsError):
        return EXIT_CONFIGURATION
    if isinstance(error, CommandError | LinkError | OSError):
        return EXIT_OTHER
    return None
