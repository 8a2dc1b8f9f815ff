"""QR codes and assets, as they are put together for the route table and the application."""

from typing import Any, NamedTuple, cast

from admin.asset_files import AssetFiles
from admin.ports import Links
from admin.qr_codes import QrCodes
from admin.routes_assets import asset_routes
from admin.routes_qr import qr_routes
from admin.routing import Route
from admin.xqr_assets import Assets, XqrAssets


class Media(NamedTuple):
    """``api_url``: what addresses of uploads and published files begin with."""

    codes: QrCodes
    assets: Assets
    files: AssetFiles
    api_url: str


_NOTHING = cast(Any, None)

NO_MEDIA = Media(_NOTHING, _NOTHING, _NOTHING, "")
"""Where nobody calls the routes: they are only documented."""


def media_routes(links: Links, media: Media) -> tuple[Route, ...]:
    """The routes under ``/qr`` and ``/assets``, and ``/links/{id}/qr``."""
    return (
        *qr_routes(links, media.codes),
        *asset_routes(XqrAssets(media.assets, media.files, media.api_url)),
    )
