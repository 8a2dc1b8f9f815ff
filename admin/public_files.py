"""``GET /assets/<asset>/<name>``: published assets, for anybody. Pictures are shown, everything else is a download;
nothing of it runs."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from admin.asset_files import PICTURES
from admin.errors import Failure, Problem
from admin.xqr_assets import FILES_PATH, Assets

PATH = FILES_PATH + "/{id}/{name}"

POLICY = "default-src 'none'; sandbox"
_CACHE = "public, max-age=3600"

Page = Callable[[web.Request], Awaitable[web.StreamResponse]]


def serving(assets: Assets, path_of: Callable[[str], Path]) -> Page:
    """The handler. ``path_of``: where the bytes of an asset are."""

    async def answer(request: web.Request) -> web.StreamResponse:
        asset = await assets.published(request.match_info["id"])
        if request.match_info["name"] != asset.filename:
            raise Problem(Failure.NOT_FOUND)
        is_picture = asset.mime_type in PICTURES
        name = quote(asset.filename, safe="")  # RFC 8187: any name, and nothing that ends the header
        return web.FileResponse(
            path_of(asset.id),
            headers={
                "Content-Type": asset.mime_type,
                "Content-Disposition": f"{'inline' if is_picture else 'attachment'}; filename*=UTF-8''{name}",
                "Content-Security-Policy": POLICY,
                "Cache-Control": _CACHE,
                "Access-Control-Allow-Origin": "*",
                "Cross-Origin-Resource-Policy": "cross-origin",
            },
        )

    return answer
