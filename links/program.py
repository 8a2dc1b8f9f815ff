"""The program that a worker decides by: its format, which ``links.rules`` writes and ``server.rules`` reads.

A program is compact JSON, ``[VERSION, rule, …]``, in the order in which rules are tried; rules that are switched off
are left out. A rule is ``[number, target, conditions]``:

- ``number``: which rule it is as they were sent, from 1;
- ``target``: an address as a redirect answers it, or the variants, ``[[address, weight], …]``;
- ``conditions``, all of which must hold: ``{"countries": [0, ["DE"]]}`` and the like. The names are those of
  ``CONDITIONS``; ``[0, list]`` includes, ``[1, list]`` excludes; times are epoch milliseconds; days count from 0,
  Monday; ``hours`` is ``[start, end, zone]``, ``days`` ``[[0, …], zone]``, with a zone's IANA name.

A reader that does not know the version, or a condition, must take it that the rule never matches: what it ignored
would send everybody to the rule's address.
"""

VERSION = 1

CONDITIONS = (
    "from",
    "until",
    "hours",
    "days",
    "devices",
    "os",
    "browsers",
    "languages",
    "referrers",
    "query",
    "countries",
    "percentage",
)
"""What a program may ask for, the cheapest first; ``percentage`` is of what the others let through, so it is last."""

DIRECT = "direct"
"""The referrer of a visitor who sends none."""

UTC = "UTC"
