"""This room's section of config.toml: ``[links]``."""

import msgspec


class LinkSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How links are made and checked.

    ``schemes``: URL schemes a destination may have.
    ``slug_alphabet``, ``slug_length``: what generated slugs are drawn from, and their length in characters.
    ``rename_grace_seconds``: how long the old slug of a renamed link goes on answering; 0 frees it at once.
    ``public``: whether links can be made without a key, ``public_per_hour`` of them an address.
    ``sweep_seconds``: how often what has ended is looked for.
    """

    schemes: tuple[str, ...] = ("http", "https")
    slug_alphabet: str = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    slug_length: int = 7
    rename_grace_seconds: int = 604_800
    public: bool = False
    public_per_hour: int = 20
    sweep_seconds: int = 60
