"""Every endpoint of the admin process that has a contract, in one table."""

from pydantic import BaseModel, ConfigDict, Field

from admin.bio_pages import NO_BIO, Bio
from admin.city_analytics import Cities
from admin.dialect import PLAIN, Reply
from admin.divsly import QrLinks, ShortLinks
from admin.divsly_bulk import ManyShortLinks
from admin.guests import NO_GUESTS, Guests
from admin.insight import NO_INSIGHT, Insight
from admin.media import NO_MEDIA, Media, media_routes
from admin.ports import Clock, Domains, HashPassword, Health, Links
from admin.routes_bio import bio_routes
from admin.routes_divsly import divsly_routes
from admin.routes_domains import domain_routes
from admin.routes_stats import stats_routes
from admin.routes_xqr import xqr_routes
from admin.routing import Call, Handler, Route
from admin.xqr import MOST_LINKS, XqrLinks


class HealthReport(BaseModel):
    """How the admin process and the redirect workers are."""

    model_config = ConfigDict(extra="allow")

    status: str = Field(description="`ok` or `unavailable`.")
    reason: str = Field(default="", description="What is wrong; left out where nothing is.")
    warnings: list[str] = Field(default=[], description="What the operator should know; left out where nothing is.")


def routes(
    links: Links,
    health: Health,
    clock: Clock,
    hash_password: HashPassword,
    guests: Guests = NO_GUESTS,
    *,
    domains: Domains,
    media: Media = NO_MEDIA,
    bio: Bio = NO_BIO,
    insight: Insight = NO_INSIGHT,
    most_links: int = MOST_LINKS,
) -> tuple[Route, ...]:
    """The route table. ``clock`` gives epoch milliseconds; ``most_links``: that one call makes or deletes."""
    short_links = ShortLinks(
        links, domains, clock, hash_password, guests, codes=media.codes, pages=bio.links, counts=insight.counts
    )
    qr_codes = QrLinks(links, domains, clock, hash_password, codes=media.codes, pages=bio.links, counts=insight.counts)
    many = ManyShortLinks(links, domains, clock, short_links, most_links)
    return (
        *xqr_routes(XqrLinks(links, most_links, insight.counts, insight.erasing)),
        *divsly_routes(short_links, qr_codes, many, Cities(domains, clock, insight)),
        *domain_routes(domains),
        *media_routes(links, media),
        *bio_routes(bio, domains),
        *stats_routes(links, domains, clock, insight),
        _healthz(health),
    )


def _healthz(health: Health) -> Route:
    return Route(
        method="GET",
        path="/healthz",
        handler=_health_handler(health),
        dialect=PLAIN,
        operation_id="getHealth",
        tag="Service",
        summary="Ask for the health",
        description="200 once the database and every redirect worker are ready; 503 with the reason otherwise.",
        scope=None,
        response=HealthReport,
        also={503: "Not ready: the reason."},
    )


def _health_handler(health: Health) -> Handler:
    async def answer(call: Call) -> Reply:
        status, report = await health()
        return Reply(report, status=status)

    return answer
