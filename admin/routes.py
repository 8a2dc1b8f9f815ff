"""Every endpoint of the admin process that has a contract, in one table."""

from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field

from admin.answers_divsly import DivslyCreated
from admin.dialect import PLAIN, Reply
from admin.divsly import ShortLinks
from admin.errors import Failure
from admin.guests import NO_GUESTS, Guests
from admin.listing import ListLinks
from admin.models_divsly import CreateShortLink
from admin.models_xqr import CreateLink, PatchLink, XqrLinkAnswer, XqrLinksAnswer
from admin.ports import Clock, Domains, HashPassword, Health, Links
from admin.routes_domains import domain_routes
from admin.routing import Call, Handler, Route
from admin.wire_divsly import DIVSLY
from admin.wire_xqr import XQR
from admin.xqr import XqrLinks


class HealthReport(BaseModel):
    """How the admin process and the redirect workers are."""

    model_config = ConfigDict(extra="allow")

    status: str = Field(description="`ok` or `unavailable`.")
    reason: str = Field(default="", description="What is wrong; left out where nothing is.")


_LINK_ID = {"id": "UUID of the link."}


def routes(
    links: Links,
    health: Health,
    clock: Clock,
    hash_password: HashPassword,
    guests: Guests = NO_GUESTS,
    *,
    domains: Domains,
) -> tuple[Route, ...]:
    """The route table. ``clock`` gives epoch milliseconds."""
    short_links = ShortLinks(links, domains, clock, hash_password, guests)
    return (*_xqr(XqrLinks(links)), *_divsly(short_links), *domain_routes(domains), _healthz(health))


def _xqr(links: XqrLinks) -> tuple[Route, ...]:
    return (
        Route(
            method="POST",
            path="/links",
            handler=links.create,
            dialect=XQR,
            operation_id="createLink",
            tag="Links",
            summary="Create a link",
            description="Creates a short link that redirects to the given destination URL. It is answered by every "
            "redirect worker when this returns.",
            scope="links:write",
            request=CreateLink,
            response=XqrLinkAnswer,
            status=201,
            raises=(Failure.SLUG_TAKEN, Failure.LINK_LIMIT),
        ),
        Route(
            method="GET",
            path="/links",
            handler=links.page,
            dialect=XQR,
            operation_id="listLinks",
            tag="Links",
            summary="List links",
            description="Lists links, newest first, by `limit` and `offset` or by `limit` and `cursor`.",
            scope="links:read",
            query=ListLinks,
            response=XqrLinksAnswer,
        ),
        Route(
            method="GET",
            path="/links/{id}",
            handler=links.get,
            dialect=XQR,
            operation_id="getLink",
            tag="Links",
            summary="Get a link",
            description="Answers one link.",
            scope="links:read",
            response=XqrLinkAnswer,
            raises=(Failure.NOT_FOUND,),
            path_help=_LINK_ID,
        ),
        Route(
            method="PATCH",
            path="/links/{id}",
            handler=links.patch,
            dialect=XQR,
            operation_id="updateLink",
            tag="Links",
            summary="Change a link",
            description="Changes the fields that are sent; an empty object changes nothing. Arrays replace. Every "
            "redirect worker answers accordingly when this returns.",
            scope="links:write",
            request=PatchLink,
            response=XqrLinkAnswer,
            raises=(Failure.NOT_FOUND, Failure.SLUG_TAKEN, Failure.EDIT_LIMIT),
            path_help=_LINK_ID,
        ),
        Route(
            method="DELETE",
            path="/links/{id}",
            handler=links.delete,
            dialect=XQR,
            operation_id="deleteLink",
            tag="Links",
            summary="Delete a link",
            description="Deletes the link and its analytics. Its short code answers 404 and may be used again.",
            scope="links:write",
            response=None,
            status=204,
            raises=(Failure.NOT_FOUND,),
            path_help=_LINK_ID,
        ),
    )


def _divsly(links: ShortLinks) -> tuple[Route, ...]:
    create = Route(
        method="POST",
        path="/short-link",
        handler=links.create,
        dialect=DIVSLY,
        operation_id="createShortLink",
        tag="Short links (Divsly)",
        summary="Create a short link",
        description="Creates a short link, with the requests and answers of Divsly's API. A field that asks for what "
        "is not available yet is refused by name, never ignored. With `public: true` no key is needed where the "
        "operator has switched that on; such a link takes no password, domain, QR code or bio page.",
        scope="links:write",
        request=CreateShortLink,
        response=DivslyCreated,
        status=201,
        raises=(Failure.SLUG_TAKEN, Failure.DNS, Failure.LINK_LIMIT, Failure.QR_LIMIT, Failure.TOO_MANY),
        for_guests=True,
    )
    return (
        create,
        replace(
            create,
            path="/shortlinks",
            operation_id="createShortLinkAlias",
            summary="Create a short link (other spelling)",
        ),
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
