"""aiohttp must have its parser in C: the one in pure Python has had request-smuggling defects that this one has not."""

from aiohttp import http_parser

COMPLAINT = "aiohttp has no parser in C here (AIOHTTP_NO_EXTENSIONS is set, or its wheel has none)"


def is_in_c() -> bool:
    """Whether requests are parsed by llhttp; if not, no process that speaks HTTP may start (:data:`COMPLAINT`)."""
    return http_parser.HttpRequestParser is not http_parser.HttpRequestParserPy
