"""The endpoints for QR codes, as a part of the route table (``admin.routes``)."""

from dataclasses import replace

from admin.errors import Failure
from admin.models_qr import (
    CreateQrTemplate,
    ListPage,
    PatchQrTemplate,
    RenderBody,
    RenderLink,
    RenderQuery,
    RenderTemplate,
    XqrTemplateAnswer,
    XqrTemplatesAnswer,
)
from admin.ports import Links
from admin.qr_codes import QrCodes
from admin.qr_jobs import CONTENT_TYPES
from admin.routing import Route
from admin.wire_xqr import XQR
from admin.xqr_qr import XqrQrCodes

TAG = "QR codes"

_MEDIA = tuple(CONTENT_TYPES.values())
_ID = {"id": "Id of the template."}
_NOT_MODIFIED = {304: "The caller has it already: its `If-None-Match` names the ETag."}
_UNREADABLE = (
    "Colours that scanners could not tell apart are refused, with their contrast named. The answer has an `ETag`."
)


def qr_routes(links: Links, codes: QrCodes) -> tuple[Route, ...]:
    """The routes under ``/qr``, and ``/links/{id}/qr``."""
    handlers = XqrQrCodes(links, codes)
    return (*_pictures(handlers), *_templates(handlers))


def _pictures(handlers: XqrQrCodes) -> tuple[Route, ...]:
    of_template = Route(
        method="GET",
        path="/qr/templates/{id}/render",
        handler=handlers.render,
        dialect=XQR,
        operation_id="renderTemplate",
        tag=TAG,
        summary="Draw a text with a template",
        description=f"Answers a QR code that holds `data`, as the template says. {_UNREADABLE}",
        scope="qr:render",
        query=RenderTemplate,
        response=None,
        media=_MEDIA,
        raises=(Failure.NOT_FOUND,),
        also=_NOT_MODIFIED,
        path_help=_ID,
    )
    return (
        Route(
            method="GET",
            path="/links/{id}/qr",
            handler=handlers.of_link,
            dialect=XQR,
            operation_id="getLinkQr",
            tag=TAG,
            summary="Draw the QR code of a link",
            description="Answers a QR code that holds the short URL with `?qr=1`, by which visits through it are told "
            f"from others. {_UNREADABLE}",
            scope="qr:render",
            query=RenderLink,
            response=None,
            media=_MEDIA,
            raises=(Failure.NOT_FOUND,),
            also=_NOT_MODIFIED,
            path_help={"id": "UUID of the link."},
        ),
        of_template,
        replace(
            of_template,
            method="POST",
            operation_id="renderTemplatePost",
            summary="Draw a text with a template (POST)",
        ),
        Route(
            method="GET",
            path="/qr/render",
            handler=handlers.render_query,
            dialect=XQR,
            operation_id="renderQr",
            tag=TAG,
            summary="Draw a text",
            description=f"Answers a QR code that holds `data`. {_UNREADABLE}",
            scope="qr:render",
            query=RenderQuery,
            response=None,
            media=_MEDIA,
            also=_NOT_MODIFIED,
        ),
        Route(
            method="POST",
            path="/qr/render",
            handler=handlers.render_body,
            dialect=XQR,
            operation_id="renderQrPost",
            tag=TAG,
            summary="Draw a text (POST)",
            description=f"Answers a QR code that holds `data`. {_UNREADABLE}",
            scope="qr:render",
            request=RenderBody,
            response=None,
            media=_MEDIA,
            also=_NOT_MODIFIED,
        ),
    )


def _templates(handlers: XqrQrCodes) -> tuple[Route, ...]:
    return (
        Route(
            method="POST",
            path="/qr/templates",
            handler=handlers.create,
            dialect=XQR,
            operation_id="createTemplate",
            tag=TAG,
            summary="Make a template",
            description=f"Keeps a design under a name. {_UNREADABLE.partition('. ')[0]}.",
            scope="qr:write",
            request=CreateQrTemplate,
            response=XqrTemplateAnswer,
            status=201,
        ),
        Route(
            method="GET",
            path="/qr/templates",
            handler=handlers.page,
            dialect=XQR,
            operation_id="listTemplates",
            tag=TAG,
            summary="List templates",
            description="Lists templates, newest first.",
            scope="qr:read",
            query=ListPage,
            response=XqrTemplatesAnswer,
        ),
        Route(
            method="GET",
            path="/qr/templates/{id}",
            handler=handlers.get,
            dialect=XQR,
            operation_id="getTemplate",
            tag=TAG,
            summary="Get a template",
            description="Answers one template.",
            scope="qr:read",
            response=XqrTemplateAnswer,
            raises=(Failure.NOT_FOUND,),
            path_help=_ID,
        ),
        Route(
            method="PATCH",
            path="/qr/templates/{id}",
            handler=handlers.patch,
            dialect=XQR,
            operation_id="updateTemplate",
            tag=TAG,
            summary="Change a template",
            description="Changes the fields that are sent, those of `design` one by one. Codes that are drawn from now "
            "on look so.",
            scope="qr:write",
            request=PatchQrTemplate,
            response=XqrTemplateAnswer,
            raises=(Failure.NOT_FOUND,),
            path_help=_ID,
        ),
        Route(
            method="DELETE",
            path="/qr/templates/{id}",
            handler=handlers.delete,
            dialect=XQR,
            operation_id="deleteTemplate",
            tag=TAG,
            summary="Delete a template",
            description="Deletes the template. Pictures that were drawn with it stay as they are.",
            scope="qr:write",
            response=None,
            status=204,
            raises=(Failure.NOT_FOUND,),
            path_help=_ID,
        ),
    )
