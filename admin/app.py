"""The admin process's HTTP application, put together from what it is given. It opens nothing and starts nothing."""

import logging
from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web
from aiohttp.http import HttpProcessingError

from admin import docs_page, metrics, public_files, tls_ask
from admin.bio_pages import NO_BIO, Bio
from admin.cors import Cors
from admin.create_times import make_timing
from admin.frame import make_frame
from admin.guests import NO_GUESTS, Guests
from admin.insight import NO_INSIGHT, Insight
from admin.media import NO_MEDIA, Media
from admin.metrics import Metrics
from admin.openapi import document
from admin.ports import Clock, Domains, HashPassword, Health, Keys, Links, RequestIds
from admin.routes import routes
from admin.routing import Gate, register
from admin.settings import AdminSettings
from admin.validation import context

VERSION = "1.0.0"
"""The version of the APIs, not of the program."""

_Page = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _is_no_nonsense(record: logging.LogRecord) -> bool:
    """aiohttp logs a traceback for each request that is no HTTP, with the line that it stumbled over: anyone could fill
    a disk, and the line may hold a key."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)


_http_log = logging.getLogger("fingerpost.admin.http")
_http_log.addFilter(_is_no_nonsense)


def make_app(
    links: Links,
    keys: Keys,
    health: Health,
    settings: AdminSettings,
    own_host: str,
    request_id: RequestIds,
    clock: Clock,
    hash_password: HashPassword,
    schemes: tuple[str, ...] = ("http", "https"),
    guests: Guests = NO_GUESTS,
    *,
    domains: Domains,
    media: Media = NO_MEDIA,
    bio: Bio = NO_BIO,
    insight: Insight = NO_INSIGHT,
    metered: Metrics | None = None,
) -> web.Application:
    """The application.

    ``own_host``: host of the short links, with the port unless it is the default one. ``request_id``: makes
    ``req_`` and 16 hexadecimal digits. ``clock``: epoch milliseconds. ``schemes``: what destinations may have.
    ``guests``: callers without a key. ``metered``: for ``/metrics``; without it there is none.
    """
    app = web.Application(
        middlewares=[
            *([] if metered is None else [make_timing(metered.creates)]),
            make_frame(Cors(settings.cors_origins), request_id, clock),
        ],
        client_max_size=settings.max_body_bytes,
        handler_args={"access_log": None, "logger": _http_log},
    )
    table = routes(
        links,
        health,
        clock,
        hash_password,
        guests,
        domains=domains,
        media=media,
        bio=bio,
        insight=insight,
        most_links=settings.bulk_links,
    )
    gate = Gate(keys, context(own_host, schemes, domains.registered), settings.max_body_bytes, guests.are_welcome)
    register(app, table, gate)
    spec = document(table, VERSION)
    page = docs_page.render(spec, f"http://localhost:{settings.port}")
    app.router.add_get("/openapi.json", _constant(orjson.dumps(spec), _OPENAPI))
    app.router.add_get("/docs", _constant(page.html, {"Content-Security-Policy": page.policy, **_HTML}))
    app.router.add_get("/", _to_docs)
    app.router.add_get(tls_ask.PATH, tls_ask.asking(domains.may_have_certificate))
    if metered is not None:
        app.router.add_get(metrics.PATH, metrics.telling(metered, gate))
    app.router.add_get(public_files.PATH, public_files.serving(media.assets, lambda id_: media.files.path(id_)))
    return app


# Made anew with each version of the program: a browser asks each time.
_OPENAPI = {
    "Content-Type": "application/json",
    "Cache-Control": "no-cache",
    "Access-Control-Allow-Origin": "*",  # public, and tools of other origins show it
}
_HTML = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache", "Referrer-Policy": "no-referrer"}


def _constant(body: bytes, headers: dict[str, str]) -> _Page:
    """Answers the same bytes each time."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, headers=headers)

    return answer


async def _to_docs(request: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": "/docs"})
