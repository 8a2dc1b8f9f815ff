"""What visits are told apart by, beside their class. Pure; the numbers are stored."""

from enum import IntEnum


class Dimension(IntEnum):
    """``AGENT`` is device, browser and system together, with line feeds between: one row instead of three for each
    link and day; ``CITY`` has its country in front, ``RULE`` is rule and variant, ``PATH`` host and path of a 404."""

    COUNTRY = 1
    CITY = 2
    AGENT = 3
    LANGUAGE = 4
    REFERRER = 5
    UTM_SOURCE = 6
    UTM_MEDIUM = 7
    UTM_CAMPAIGN = 8
    RULE = 9
    PATH = 10


FREE = frozenset(
    {
        Dimension.CITY,
        Dimension.REFERRER,
        Dimension.UTM_SOURCE,
        Dimension.UTM_MEDIUM,
        Dimension.UTM_CAMPAIGN,
        Dimension.PATH,
    }
)
"""Strangers can make up as many of these as they like."""

OTHER = "other"
"""Stands for the values of a free dimension beyond the cap."""

SEPARATOR = "\n"

MOST_VALUES = 200
"""Of a free dimension, a link and day."""
MOST_VALUES_OF_MANY = 1_000
"""Likewise, of a workspace's links, and of all links, together; and of the paths that were not found."""


# Whose a row of the rollups is: links and bio pages have their ids (they come from one counter, from 1).
EVERYBODY = 0


def workspace_subject(workspace: int) -> int:
    """The subject of all links of a workspace (0: of nobody)."""
    return -1 - workspace


def most_values(subject: int) -> int:
    """The cap of a free dimension for a subject and day."""
    return MOST_VALUES if subject > 0 else MOST_VALUES_OF_MANY
