"""What a domain of its own answers differently from the server. Pure."""

from typing import NamedTuple


class DomainSettings(NamedTuple):
    """The settings of one domain, in the order in which the feed has them (``links.model.FeedRow``).

    ``redirect_status``: ``None`` is the server's. ``root_redirect``, ``not_found_redirect``: empty is the page.
    ``ignores_case``: its slugs are kept, and looked up, in lower case. ``robots``: ``allow`` or ``disallow``.
    """

    redirect_status: int | None
    root_redirect: str
    not_found_redirect: str
    ignores_case: int
    robots: str
