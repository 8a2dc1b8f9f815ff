"""The endpoints of the Divsly API's links and QR codes, as a part of the route table (``admin.routes``)."""

from collections.abc import Iterable
from dataclasses import replace

from admin.answers_divsly import (
    DivslyBulkDeleted,
    DivslyCities,
    DivslyCreated,
    DivslyDone,
    DivslyImported,
    DivslyList,
    DivslyOne,
)
from admin.city_analytics import Cities
from admin.divsly import QrLinks, ShortLinks
from admin.divsly_bulk import ManyShortLinks, create_token
from admin.errors import Failure
from admin.models_divsly import ChangeQrCode, ChangeShortLink, CreateQrCode, CreateShortLink
from admin.models_divsly_more import CityAnalytics, DeleteShortLinks, ImportShortLinks, ListShortLinks
from admin.routing import Route
from admin.wire_divsly import DIVSLY

TAG = "Short links (Divsly)"
QR_TAG = "QR codes (Divsly)"

_ID = {"id": "Number of the link."}
_READ, _WRITE = "links:read", "links:write"
_CREATE = (Failure.SLUG_TAKEN, Failure.DNS, Failure.LINK_LIMIT, Failure.QR_LIMIT)
_CHANGE = (Failure.NOT_FOUND, Failure.SLUG_TAKEN, Failure.DNS, Failure.EDIT_LIMIT, Failure.QR_LIMIT)


def divsly_routes(links: ShortLinks, codes: QrLinks, many: ManyShortLinks, cities: Cities) -> tuple[Route, ...]:
    """The routes of short links and of QR codes, each under every spelling of its path."""
    return (
        *_spelled(_short_links(links), "/short-link", "/shortlinks"),
        *_spelled(_qr_codes(codes), "/qr-code", "/qr-codes"),
        *_many(many),
        _CREATE_TOKEN,
        _city_analytics(cities),
    )


def _spelled(routes: Iterable[Route], path: str, other: str) -> Iterable[Route]:
    """``routes``, and all of them again with ``other`` in the place of ``path``."""
    for route in routes:
        yield route
        yield replace(
            route,
            path=other + route.path.removeprefix(path),
            operation_id=f"{route.operation_id}Alias",
            summary=f"{route.summary} (other spelling)",
        )


def _short_links(links: ShortLinks) -> tuple[Route, ...]:
    return (
        Route(
            method="POST",
            path="/short-link",
            handler=links.create,
            dialect=DIVSLY,
            operation_id="createShortLink",
            tag=TAG,
            summary="Create a short link",
            description="Creates a short link, with the requests and answers of Divsly's API. A field that asks for "
            "what is not available is refused by name, never ignored. With `public: true` no key is needed where the "
            "operator has switched that on; such a link takes no password, domain, QR code or bio page.",
            scope=_WRITE,
            request=CreateShortLink,
            response=DivslyCreated,
            status=201,
            raises=(*_CREATE, Failure.TOO_MANY),
            for_guests=True,
        ),
        Route(
            method="GET",
            path="/short-link",
            handler=links.page,
            dialect=DIVSLY,
            operation_id="listShortLinks",
            tag=TAG,
            summary="List short links",
            description="Lists the workspace's links, newest first, by `limit` and `offset`.",
            scope=_READ,
            query=ListShortLinks,
            response=DivslyList,
        ),
        Route(
            method="GET",
            path="/short-link/{id}",
            handler=links.get,
            dialect=DIVSLY,
            operation_id="getShortLink",
            tag=TAG,
            summary="Get a short link",
            description="Answers one link.",
            scope=_READ,
            response=DivslyOne,
            raises=(Failure.NOT_FOUND,),
            path_help=_ID,
        ),
        Route(
            method="PUT",
            path="/short-link/{id}",
            handler=links.change,
            dialect=DIVSLY,
            operation_id="updateShortLink",
            tag=TAG,
            summary="Change a short link",
            description="Changes the fields that are sent; every redirect worker answers accordingly when this "
            "returns. It counts as one edit if anything changes.",
            scope=_WRITE,
            request=ChangeShortLink,
            response=DivslyCreated,
            raises=_CHANGE,
            path_help=_ID,
        ),
        Route(
            method="DELETE",
            path="/short-link/{id}",
            handler=links.delete,
            dialect=DIVSLY,
            operation_id="deleteShortLink",
            tag=TAG,
            summary="Delete a short link",
            description="Deletes the link. It answers 404, and its slug stays taken.",
            scope=_WRITE,
            response=DivslyDone,
            raises=(Failure.NOT_FOUND,),
            path_help=_ID,
        ),
    )


def _qr_codes(codes: QrLinks) -> tuple[Route, ...]:
    return (
        Route(
            method="POST",
            path="/qr-code",
            handler=codes.create,
            dialect=DIVSLY,
            operation_id="createQrCode",
            tag=QR_TAG,
            summary="Create a QR code",
            description="Creates a short link of type QR, whose code is at `qr`.",
            scope=_WRITE,
            request=CreateQrCode,
            response=DivslyCreated,
            status=201,
            raises=_CREATE,
        ),
        Route(
            method="GET",
            path="/qr-code",
            handler=codes.page,
            dialect=DIVSLY,
            operation_id="listQrCodes",
            tag=QR_TAG,
            summary="List QR codes",
            description="Lists the links whose type has a QR code, newest first, by `limit` and `offset`.",
            scope=_READ,
            query=ListShortLinks,
            response=DivslyList,
        ),
        Route(
            method="GET",
            path="/qr-code/{id}",
            handler=codes.get,
            dialect=DIVSLY,
            operation_id="getQrCode",
            tag=QR_TAG,
            summary="Get a QR code",
            description="Answers one link whose type has a QR code.",
            scope=_READ,
            response=DivslyOne,
            raises=(Failure.NOT_FOUND,),
            path_help=_ID,
        ),
        Route(
            method="POST",
            path="/qr-code/{id}",
            handler=codes.change,
            dialect=DIVSLY,
            operation_id="updateQrCode",
            tag=QR_TAG,
            summary="Change a QR code",
            description="Changes the fields that are sent. It counts as one edit if anything changes.",
            scope=_WRITE,
            request=ChangeQrCode,
            response=DivslyCreated,
            raises=_CHANGE,
            path_help=_ID,
        ),
        Route(
            method="DELETE",
            path="/qr-code/{id}",
            handler=codes.delete,
            dialect=DIVSLY,
            operation_id="deleteQrCode",
            tag=QR_TAG,
            summary="Delete a QR code",
            description="Deletes the link and its code. It answers 404, and its slug stays taken.",
            scope=_WRITE,
            response=DivslyDone,
            raises=(Failure.NOT_FOUND,),
            path_help=_ID,
        ),
    )


def _many(many: ManyShortLinks) -> Iterable[Route]:
    yield Route(
        method="POST",
        path="/import-short-link",
        handler=many.create,
        dialect=DIVSLY,
        operation_id="importShortLinks",
        tag=TAG,
        summary="Import short links",
        description="Creates links, each by itself: `errors` says of which rows none was made, and why.",
        scope=_WRITE,
        request=ImportShortLinks,
        response=DivslyImported,
        status=201,
        raises=(Failure.DNS,),
    )
    delete = Route(
        method="POST",
        path="/bulk-delete",
        handler=many.delete,
        dialect=DIVSLY,
        operation_id="deleteShortLinks",
        tag=TAG,
        summary="Delete many short links",
        description="Deletes links, as each by itself. Numbers that are not those of the workspace's links are told.",
        scope=_WRITE,
        request=DeleteShortLinks,
        response=DivslyBulkDeleted,
    )
    yield delete
    below = replace(delete, path="/short-link/bulk-delete", operation_id="deleteShortLinksBelow")
    yield from _spelled([below], "/short-link", "/shortlinks")


_CREATE_TOKEN = Route(
    method="POST",
    path="/create-token",
    handler=create_token,
    dialect=DIVSLY,
    operation_id="createToken",
    tag=TAG,
    summary="Create a token",
    description="Not here: the answer says that keys are made by the operator.",
    scope=None,
    response=None,  # nothing but errors
    status=400,
    raises=(Failure.VALIDATION,),
)


def _city_analytics(cities: Cities) -> Route:
    return Route(
        method="POST",
        path="/city-analytics",
        handler=cities.analytics,
        dialect=DIVSLY,
        operation_id="cityAnalytics",
        tag=TAG,
        summary="Clicks by city",
        description="The cities that visitors of a link came from, since ever, the most frequent first. 400 where the "
        "operator has no database of cities (`geoip.path`).",
        scope=_READ,
        request=CityAnalytics,
        response=DivslyCities,
        raises=(Failure.NOT_FOUND,),
    )
