"""The few pages of the redirect server, each a complete body made once.

Readable by everyone and everything: no script, no external resource, light and dark, one heading and one sentence.
Knows no link and no request.
"""

from html import escape

import orjson

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ font: 1.125rem/1.5 system-ui, sans-serif; margin: 20vh auto 0; max-width: 32rem; padding: 0 1.5rem; }}
h1 {{ font-size: 1.75rem; margin: 0 0 0.5rem; }}
p {{ margin: 0; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>
</main>
</body>
</html>
"""


def _page(title: str, text: str) -> bytes:
    return _PAGE.format(title=escape(title), text=escape(text)).encode()


NOT_FOUND = _page("Not found", "There is no short link at this address.")
GONE = _page("Gone", "This short link is not available any more.")
ROOT = _page("Fingerpost", "Short links live here.")
BAD_REQUEST = b"400 Bad Request\n"
METHOD_NOT_ALLOWED = b"405 Method Not Allowed\n"
ROBOTS = b"User-agent: *\nDisallow:\n"
NO_ROBOTS = b"User-agent: *\nDisallow: /\n"
FAVICON = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">\
<path fill="#8a5a2b" d="M14 3h4v27h-4z"/>\
<path fill="#2f6f4f" d="M6 6h17l6 4-6 4H6z"/>\
<path fill="#3f8f67" d="M26 16H9l-6 4 6 4h17z"/></svg>
"""


def api_not_found(api_url: str) -> bytes:
    """The JSON that an API path on this port answers: it says where the API is.

    Its shape is neither API's own: a client that sees it has the wrong address, whichever it speaks.
    """
    message = f"Short links are answered here. The API is at {api_url}"
    return orjson.dumps({"error": {"code": "NOT_FOUND", "message": message}, "api_url": api_url})
