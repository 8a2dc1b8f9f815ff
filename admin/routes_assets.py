"""The endpoints for assets, as a part of the route table (``admin.routes``)."""

from dataclasses import replace

from admin.errors import Failure
from admin.models_assets import Presign, XqrAssetAnswer, XqrAssetsAnswer, XqrPresignedAnswer
from admin.models_qr import ListPage
from admin.routing import Route
from admin.wire_xqr import XQR
from admin.xqr_assets import XqrAssets

TAG = "Assets"

_ID = {"id": "Id of the asset."}


def asset_routes(handlers: XqrAssets) -> tuple[Route, ...]:
    """The routes under ``/assets``."""
    confirm = Route(
        method="POST",
        path="/assets/{id}/confirm",
        handler=handlers.confirm,
        dialect=XQR,
        operation_id="confirmAsset",
        tag=TAG,
        summary="Confirm an upload",
        description="Says that the file is complete. What is not confirmed within an hour or so is removed.",
        scope="assets:write",
        response=XqrAssetAnswer,
        raises=(Failure.VALIDATION, Failure.NOT_FOUND),
        path_help=_ID,
    )
    return (
        Route(
            method="POST",
            path="/assets/presign",
            handler=handlers.presign,
            dialect=XQR,
            operation_id="presignAsset",
            tag=TAG,
            summary="Announce a file",
            description="Answers where to upload it: send its bytes to `upload_url` by PUT, then confirm it.",
            scope="assets:write",
            query=Presign,
            response=XqrPresignedAnswer,
            raises=(Failure.STORAGE,),
        ),
        Route(
            method="PUT",
            path="/assets/uploads/{token}",
            handler=handlers.upload,
            dialect=XQR,
            operation_id="uploadAsset",
            tag=TAG,
            summary="Upload a file",
            description="Takes the bytes of a file that was announced, exactly as many as were. It needs no key: the "
            "address is the secret, and good for one upload.",
            scope=None,
            response=None,
            status=204,
            raises=(Failure.VALIDATION, Failure.NOT_FOUND, Failure.UNAVAILABLE),
            path_help={"token": "As `upload_url` has it."},
            takes_upload=True,
        ),
        confirm,
        replace(
            confirm,
            path="/assets/presign/{id}/confirm",
            operation_id="confirmAssetAlias",
            summary="Confirm an upload (other path)",
        ),
        Route(
            method="POST",
            path="/assets/{id}/publish",
            handler=handlers.publish,
            dialect=XQR,
            operation_id="publishAsset",
            tag=TAG,
            summary="Publish an asset",
            description="Lets anybody see it, at its `public_url`.",
            scope="assets:write",
            response=XqrAssetAnswer,
            raises=(Failure.VALIDATION, Failure.NOT_FOUND),
            path_help=_ID,
        ),
        Route(
            method="GET",
            path="/assets",
            handler=handlers.page,
            dialect=XQR,
            operation_id="listAssets",
            tag=TAG,
            summary="List assets",
            description="Lists assets, newest first.",
            scope="assets:read",
            query=ListPage,
            response=XqrAssetsAnswer,
        ),
        Route(
            method="GET",
            path="/assets/{id}",
            handler=handlers.get,
            dialect=XQR,
            operation_id="getAsset",
            tag=TAG,
            summary="Get an asset",
            description="Answers what is known of one asset.",
            scope="assets:read",
            response=XqrAssetAnswer,
            raises=(Failure.NOT_FOUND,),
            path_help=_ID,
        ),
        Route(
            method="DELETE",
            path="/assets/{id}",
            handler=handlers.delete,
            dialect=XQR,
            operation_id="deleteAsset",
            tag=TAG,
            summary="Delete an asset",
            description="Deletes it and its file. Codes that have it as their logo are drawn without one from then on.",
            scope="assets:write",
            response=None,
            status=204,
            raises=(Failure.NOT_FOUND,),
            path_help=_ID,
        ),
    )
