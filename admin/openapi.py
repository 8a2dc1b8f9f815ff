"""The OpenAPI 3.1 document, made from the route table: what is enforced is what is documented. Pure: no sockets.

Error examples are what the dialects really render; other examples come with the models.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from admin.dialect import PLAIN
from admin.errors import MESSAGES, Detail, Failure, Problem
from admin.openapi_headers import COMPONENTS, ERROR_HEADERS, PLAIN_HEADERS, RESPONSE_HEADERS
from admin.routing import PREFIXES, Route

Document = dict[str, Any]

References = Mapping[Any, Any]
"""Where the schema of each model is."""

_REF = "#/components/schemas/{model}"
_SAMPLE_ID = "req_8f3a2b1c4d5e6f70"
_SECURITY = "bearer"

TITLE = "Fingerpost API"

_DESCRIPTION = f"""Short links: two APIs over the same links.

The endpoints under `links` speak the XQR API, those under `short-link` the Divsly API. Every path answers under
`{PREFIXES[0]}` and under `{PREFIXES[1]}`.

**Keys.** Send `Authorization: Bearer <key>`. The operator makes keys with `fingerpost keys create`; each has scopes,
and `*` is all of them.

**Bodies** are JSON in UTF-8, `Content-Type: application/json`. Times are ISO 8601 in UTC.

**Request ids.** Every answer carries `X-Request-Id`. It finds the request in the server's log.

**Limits.** Every answer under the prefixes tells the allowance of calls in `X-RateLimit-…` headers. Where there is no
limit they say 2147483647 and the end of the current minute.

**Browsers.** Preflight requests (OPTIONS) are answered on every path, for the origins that the operator allows. HEAD
works wherever GET does."""

_TAGS = {
    "Links": "The XQR API. Success is `{data, meta}`, failure is `{error, meta}`.",
    "QR codes": "The XQR API: pictures of codes, and templates of how they look. A picture is answered as it is; "
    "errors are JSON.",
    "Assets": "The XQR API: files of the workspace, such as logos of QR codes.",
    "Short links (Divsly)": "The Divsly API.",
    "QR codes (Divsly)": "Links of type QR, in the Divsly API.",
    "Domains (Divsly)": "Domains of their own, in the Divsly API: register, verify, change, remove.",
    "Bio pages": "Link-in-bio pages, in the XQR API.",
    "Analytics": "The XQR API: visits of the workspace's links.",
    "Statistics": "More of the same, which is this server's own. All questions have the same filters.",
    "Service": "The service itself.",
}


def document(routes: Iterable[Route], version: str) -> Document:
    """The OpenAPI document of ``routes``. It names no server: paths count from where the document is."""
    table = tuple(routes)
    references, schemas = _schemas(table)
    paths: dict[str, Any] = {}
    for route in table:
        paths.setdefault(route.prefixes[0] + route.path, {})[route.method.lower()] = _operation(route, references)
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": version, "description": _DESCRIPTION},
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "headers": COMPONENTS,
            "securitySchemes": {
                _SECURITY: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key: `fp_pk_` and 8 hexadecimal digits, a point, 64 characters.",
                }
            },
        },
    }


def _schemas(routes: tuple[Route, ...]) -> tuple[References, dict[str, Any]]:
    """Where each model's schema is, and all schemas by name."""
    models: dict[type[BaseModel], None] = {}
    for route in routes:
        errors = (route.dialect.error_model(failure) for failure in route.failures)
        for model in (route.request, route.response, *errors):
            if model is not None:
                models[model] = None
    references, definitions = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    return {model: reference for (model, _), reference in references.items()}, definitions["$defs"]


def _operation(route: Route, references: References) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.operation_id,
        "tags": [route.tag],
        "summary": route.summary,
        "description": route.description,
    }
    parameters = [*_path_parameters(route), *_query_parameters(route)]
    if parameters:
        operation["parameters"] = parameters
    if route.request:
        content = {"application/json": {"schema": references[route.request]}}
        operation["requestBody"] = {"required": True, "content": content}
    if route.takes_upload:
        operation["requestBody"] = {"required": True, "content": {"application/octet-stream": {"schema": {}}}}
    operation["security"] = [{_SECURITY: [route.scope]}] if route.scope else []
    if route.for_guests:
        operation["security"].append({})
    operation["responses"] = {**_successes(route, references), **_errors(route, references)}
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "description": text, "schema": {"type": "string"}}
        for name, text in route.path_help.items()
    ]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    """A parameter for each field of the query model."""
    if route.query is None:
        return []
    schema = route.query.model_json_schema(ref_template=_REF)
    parameters = []
    for name, member in schema["properties"].items():
        kept = _without_null({key: value for key, value in member.items() if key not in ("title", "description")})
        parameters.append(
            {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "description": member["description"],
                "schema": kept,
            }
        )
    return parameters


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query string has no null: the choice and the default are taken out of the schema."""
    if schema.get("default", "") is None:
        del schema["default"]
    choices = [choice for choice in schema.pop("anyOf", ()) if choice != {"type": "null"}]
    return {**schema, **choices[0]} if choices else schema


def _successes(route: Route, references: References) -> dict[str, Any]:
    done = (
        "The picture or file." if route.media else "Done; there is no body." if route.response is None else "Success."
    )
    meanings = {route.status: done, **route.also}
    responses = {}
    for status, meaning in meanings.items():
        response: dict[str, Any] = {"description": meaning, "headers": _headers(route, None)}
        if route.response is not None:
            response["content"] = {"application/json": {"schema": references[route.response]}}
        elif route.media and status == route.status:
            # OpenAPI 3.1: bytes as they are have no schema of their own.
            response["content"] = {kind: {"schema": {}} for kind in route.media}
        responses[str(status)] = response
    return responses


def _errors(route: Route, references: References) -> dict[str, Any]:
    """The route's failures by HTTP status; failures that share one are examples of it."""
    by_status: dict[int, list[Failure]] = {}
    for failure in route.failures:
        by_status.setdefault(route.dialect.statuses[failure], []).append(failure)
    return {str(status): _error(route, failures, references) for status, failures in sorted(by_status.items())}


def _error(route: Route, failures: list[Failure], references: References) -> dict[str, Any]:
    models = dict.fromkeys(route.dialect.error_model(failure) for failure in failures)
    choices = [references[model] for model in models]
    examples = {failure.value: {"summary": _said(failure), "value": _example(route, failure)} for failure in failures}
    return {
        "description": " / ".join(_said(failure) for failure in failures),
        "headers": _headers(route, failures[0]),
        "content": {
            "application/json": {
                "schema": choices[0] if len(choices) == 1 else {"anyOf": choices},
                "examples": examples,
            }
        },
    }


def _said(failure: Failure) -> str:
    return MESSAGES[failure].partition(". ")[0].rstrip(".") + "."


def _example(route: Route, failure: Failure) -> Any:
    """What the dialect renders for ``failure``."""
    details: tuple[Detail, ...] = ()
    message = ""
    if failure is Failure.VALIDATION:
        field = next(iter(route.request.model_fields)) if route.request else "limit"
        details = (Detail(field, "is required" if route.request else "must be a whole number"),)
        message = f"{field}: {details[0].message}"
    elif failure is Failure.SCOPE:
        message = f"This endpoint requires the {route.scope} scope."
    return orjson.loads(route.dialect.failure(Problem(failure, message, details), _SAMPLE_ID))


def _headers(route: Route, failure: Failure | None) -> dict[str, Any]:
    names = PLAIN_HEADERS if route.dialect is PLAIN else RESPONSE_HEADERS
    more = () if failure is None else ERROR_HEADERS.get(failure, ())
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*names, *more)}
