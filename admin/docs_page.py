"""The documentation as one page of plain HTML, made once from the OpenAPI document. Pure: text in, text out.

No script, and nothing is loaded from anywhere: the policy allows one style sheet, by its hash. Whatever comes out of
the document is escaped.
"""

import base64
import hashlib
import re
from html import escape
from typing import Any, NamedTuple

import orjson

from admin.docs_fields import Field, fields_of, resolve

_STYLE = """
:root{color-scheme:light dark;--fg:#1b1f24;--dim:#57606a;--bg:#fff;--box:#f4f6f8;--line:#d5dae0;--link:#0b5cad}
@media(prefers-color-scheme:dark){:root{--fg:#e4e8ec;--dim:#9aa5b1;--bg:#14181d;--box:#1e242b;--line:#39424d;
--link:#79b8ff}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:60rem;
font:16px/1.55 system-ui,sans-serif;color:var(--fg);background:var(--bg);
overflow-wrap:anywhere}
h1,h2,h3{line-height:1.25}
h2{margin-top:2.5rem;border-top:1px solid var(--line);padding-top:1.5rem}
h4{margin:1.25rem 0 .25rem}
a{color:var(--link)}
code,pre{font:14px/1.45 ui-monospace,monospace;background:var(--box);border-radius:4px}
code{padding:.1em .3em}
pre{padding:.75rem;overflow-x:auto;overflow-wrap:normal}
pre code{padding:0}
article{margin:2rem 0}
.dim{color:var(--dim)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:15px}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem .4rem 0;border-bottom:1px solid var(--line)}
th{white-space:nowrap}
td:not(:last-child){overflow-wrap:break-word}
td:first-child{white-space:nowrap}
@media(max-width:40rem){
thead{position:absolute;left:-999rem}
tr{display:block;padding:.5rem 0;border-bottom:1px solid var(--line)}
td{display:block;border:0;padding:0}
td:first-child{white-space:normal;font-weight:600}}
"""


class Page(NamedTuple):
    """The page, and the Content-Security-Policy that it needs."""

    html: bytes
    policy: str


def render(document: dict[str, Any], address: str) -> Page:
    """The page for an OpenAPI document. ``address``: scheme, host and port that the examples call."""
    info = document["info"]
    operations = [
        (path, method, operation) for path, item in document["paths"].items() for method, operation in item.items()
    ]
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style></head><body><main>",
        f"<h1>{escape(info['title'])}</h1>{_prose(info['description'])}",
        '<p>The same for programs: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>',
        _contents(operations),
    ]
    for tag in document["tags"]:
        parts.append(f"<section><h2>{escape(tag['name'])}</h2>{_prose(tag['description'])}")
        parts += [_operation(document, address, *entry) for entry in operations if tag["name"] in entry[2]["tags"]]
        parts.append("</section>")
    parts.append("</main></body></html>")
    return Page("\n".join(parts).encode(), _policy())


def _policy() -> str:
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode("ascii")
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _prose(text: str) -> str:
    """Paragraphs, ``code`` and **bold**: the little of Markdown that the descriptions use."""
    paragraphs = "".join(f"<p>{_inline(part)}</p>" for part in text.split("\n\n"))
    return paragraphs


def _inline(text: str) -> str:
    safe = re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", safe)


def _contents(operations: list[tuple[str, str, dict[str, Any]]]) -> str:
    items = "".join(
        f'<li><a href="#{escape(operation["operationId"])}">{escape(operation["summary"])}</a> '
        f"<code>{escape(method.upper())} {escape(path)}</code></li>"
        for path, method, operation in operations
    )
    return f"<nav><ul>{items}</ul></nav>"


def _operation(document: dict[str, Any], address: str, path: str, method: str, operation: dict[str, Any]) -> str:
    request = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    parameters = [Field.of_parameter(document, parameter) for parameter in operation.get("parameters", ())]
    scopes = [scope for need in operation["security"] for names in need.values() for scope in names]
    needs = f"<p class=dim>Needs the scope <code>{escape(scopes[0])}</code>.</p>" if scopes else ""
    return "".join(
        (
            f'<article id="{escape(operation["operationId"])}"><h3>{escape(operation["summary"])}</h3>',
            f"<p><code>{escape(method.upper())} {escape(path)}</code></p>",
            _prose(operation["description"]),
            needs,
            _table("Parameters", parameters),
            _table("Request body", fields_of(document, request) if request else []),
            _curl(document, address + path, method, request, bool(scopes)),
            _responses(document, operation["responses"]),
            "</article>",
        )
    )


def _table(title: str, fields: list[Field]) -> str:
    if not fields:
        return ""
    rows = "".join(
        f"<tr><td><code>{escape(field.name)}</code></td><td>{escape(field.kind)}</td>"
        f"<td>{'required' if field.required else 'optional'}</td><td>{_inline(field.description)}</td></tr>"
        for field in fields
    )
    head = "<thead><tr><th>Name</th><th>Type</th><th>Required</th><th>Description</th></tr></thead>"
    return f"<h4>{escape(title)}</h4><div class=scroll><table>{head}<tbody>{rows}</tbody></table></div>"


def _curl(document: dict[str, Any], url: str, method: str, request: dict[str, Any] | None, key: bool) -> str:
    """A command to paste into a shell; the key comes from an environment variable."""
    lines = [f"curl -X {method.upper()} {_quoted(url)}"]
    if key:
        lines.append('-H "Authorization: Bearer $FINGERPOST_KEY"')
    if request:
        example = resolve(document, request)["examples"][0]
        lines.append("-H 'Content-Type: application/json'")
        lines.append("-d " + _quoted(orjson.dumps(example, option=orjson.OPT_INDENT_2).decode()))
    command = escape(" \\\n  ".join(lines))
    return f"<h4>Example</h4><pre><code>{command}</code></pre>"


def _quoted(text: str) -> str:
    """``text`` as one word of a shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def _responses(document: dict[str, Any], responses: dict[str, Any]) -> str:
    good = {status: response for status, response in responses.items() if "examples" not in _content(response)}
    parts = []
    for status, response in good.items():
        schema = _content(response).get("schema")
        parts.append(_table(f"Answer: {status}", fields_of(document, schema) if schema else []))
        if not schema:
            parts.append(f"<h4>Answer: {escape(status)}</h4>{_prose(response['description'])}")
    rows = "".join(
        f"<tr><td>{escape(status)}</td><td>{_inline(example['summary'])}</td>"
        f"<td><code>{escape(orjson.dumps(example['value']).decode())}</code></td></tr>"
        for status, response in responses.items()
        for example in _content(response).get("examples", {}).values()
    )
    head = "<thead><tr><th>Status</th><th>When</th><th>Body</th></tr></thead>"
    parts.append(f"<h4>Errors</h4><div class=scroll><table>{head}<tbody>{rows}</tbody></table></div>")
    return "".join(parts)


def _content(response: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = response.get("content", {}).get("application/json", {})
    return content
