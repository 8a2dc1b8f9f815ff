"""The page that asks for a link's password, and what it says when one was not accepted.

Works without scripts, for the keyboard, screen readers and password managers. Its form is sent to where it stands. The
page is the same for every link: it knows none. Pure.
"""

from base64 import b64encode
from hashlib import sha256
from html import escape

_STYLE = """
:root { color-scheme: light dark; --text: #1c1c1a; --back: #fbfaf8; --line: #76736c; --go: #24573f; --on-go: #fff;
  --bad: #a3171b; }
@media (prefers-color-scheme: dark) { :root { --text: #ecebe8; --back: #191917; --line: #97948d; --go: #8fd0af;
  --on-go: #10261b; --bad: #ff9d98; } }
* { box-sizing: border-box; }
body { background: var(--back); color: var(--text); font: 1.125rem/1.5 system-ui, sans-serif;
  margin: min(20vh, 10rem) auto 2rem; max-width: 27rem; padding: 0 1.5rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 0.5rem; }
p { margin: 0 0 1.5rem; }
label { display: block; font-weight: 600; margin-bottom: 0.375rem; }
input, button { border-radius: 0.5rem; font: inherit; min-height: 3rem; padding: 0.5rem 0.875rem; width: 100%; }
input { background: transparent; border: 1px solid var(--line); color: inherit; }
input[aria-invalid] { border-color: var(--bad); }
button { background: var(--go); border: 1px solid transparent; color: var(--on-go); cursor: pointer; font-weight: 600;
  margin-top: 1rem; }
input:focus-visible, button:focus-visible { outline: 3px solid var(--go); outline-offset: 2px; }
[role=alert] { border-left: 4px solid var(--bad); color: var(--bad); padding-left: 0.75rem; }
"""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{heading}</h1>
{said}
<form method="post">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus{invalid}>
<button>Continue</button>
</form>
</main>
</body>
</html>
"""

_HEADING = "Password needed"

# Without form-action: browsers hold a form's redirects to it too, and the last one leads to the destination, wherever
# that is. There is nothing on the page that a visitor could have written.
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; img-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def _page(said: str, *, wrong: bool = False) -> bytes:
    return _PAGE.format(
        title=f"{'Error: ' if wrong else ''}{_HEADING}",
        style=_STYLE,
        heading=_HEADING,
        said=said,
        invalid=' aria-invalid="true" aria-describedby="said"' if wrong else "",
    ).encode()


def _complaint(text: str) -> bytes:
    return _page(f'<p id="said" role="alert">{escape(text)}</p>', wrong=True)


ASK = _page("<p>Whoever shared this link with you can tell you its password.</p>")
WRONG = _complaint("That is not the password of this link.")
BUSY = _complaint("The password cannot be checked at the moment. Please try again in a few seconds.")


def wait(seconds: int) -> bytes:
    """The page for those who have tried too often."""
    minutes = -(-seconds // _MINUTE_S)
    time = f"{seconds} second{'s' * (seconds != 1)}" if seconds <= 2 * _MINUTE_S else f"{minutes} minutes"
    return _complaint(f"There were too many wrong attempts. Please try again in {time}.")


_MINUTE_S = 60


def fields(body: bytes, *more: tuple[bytes, bytes]) -> tuple[tuple[bytes, bytes], ...]:
    """The header fields of such a page."""
    return (
        (b"Content-Type", b"text/html; charset=utf-8"),
        (b"Content-Length", b"%d" % len(body)),
        (b"X-Content-Type-Options", b"nosniff"),
        (b"Cache-Control", b"no-store"),
        (b"Referrer-Policy", b"no-referrer"),
        (b"X-Robots-Tag", b"noindex"),
        (b"Content-Security-Policy", _POLICY.encode()),
        (b"X-Frame-Options", b"DENY"),
        *more,
    )
