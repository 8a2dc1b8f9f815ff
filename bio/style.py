"""The style sheet of a page: what all pages share, and the variables of its theme or of its own colours.

What comes from a page is a name of a theme and colours that ``bio/colour.py`` has checked, nothing else.
"""

from bio.checks import colours
from bio.colour import contrast, luminance
from bio.page import Colours, Page
from bio.themes import THEMES, Palette

_SHARED = """
*{box-sizing:border-box}
html{background:var(--b) fixed;color:var(--t);font:1rem/1.5 var(--f);-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;min-height:100dvh}
main{margin:0 auto;max-width:38rem;padding:3rem 1.25rem 3.5rem;text-align:center;overflow-wrap:anywhere}
.a{display:block;width:6rem;height:6rem;margin:0 auto 1.25rem;border-radius:50%;background:var(--k);
color:var(--kt);border:2px solid var(--l);box-shadow:var(--s);object-fit:cover;font:600 2rem/5.75rem var(--f);
overflow:hidden}
h1{margin:0;font-size:1.6rem;line-height:1.25;text-wrap:balance}
p{margin:.6rem auto 0;max-width:30rem;color:var(--d);white-space:pre-line}
ul{list-style:none;margin:2rem 0 0;padding:0}
.b{display:grid;gap:.9rem}
a{color:inherit;text-decoration:none;-webkit-tap-highlight-color:transparent}
.b a{display:grid;grid-template-columns:2rem 1fr 2rem;gap:.5rem;align-items:center;min-height:3.6rem;
padding:.75rem 1rem;border:var(--w) solid var(--l);border-radius:var(--r);background:var(--k);color:var(--kt);
box-shadow:var(--s);font-weight:600;line-height:1.3}
.b span{grid-column:2;text-wrap:balance}.b span:only-child{grid-column:1/-1}
.b .i{grid-column:1;grid-row:1;width:1.75rem;height:1.75rem;font-size:1.35rem;line-height:1.75rem}
img.i{border-radius:.35rem;object-fit:contain}
svg{display:block;width:1.6rem;height:1.6rem;margin:auto;fill:none;stroke:currentColor;stroke-width:1.7;
stroke-linecap:round;stroke-linejoin:round}
.f{fill:currentColor;stroke:none}
.s{display:flex;flex-wrap:wrap;justify-content:center;gap:.25rem;max-width:27rem;margin-inline:auto}
.s a{display:grid;place-items:center;width:3rem;height:3rem;border-radius:50%}
a:focus-visible{outline:3px solid var(--t);outline-offset:3px}
@media(hover:hover){.b a:hover span:not(.i){text-decoration:underline;text-decoration-thickness:2px;
text-underline-offset:.25em}.s a:hover{background:var(--k);color:var(--kt)}}
@media(prefers-reduced-motion:no-preference){.b a,.s a{transition:transform .15s}
.b a:hover,.s a:hover{transform:translateY(-2px)}}
@media(min-width:48rem){main{padding-top:5rem}.a{width:7.5rem;height:7.5rem;line-height:7.25rem;font-size:2.5rem}
h1{font-size:2rem}}
@media print{html{background:none;color:#000}}
""".replace("\n", "")

_LINE_CONTRAST = 3.0
"""Of the edge of something that can be pressed: WCAG 2.2 section 1.4.11."""


def style_of(page: Page) -> str:
    """The style sheet. Raises :class:`PageError` for colours that cannot be read."""
    look = THEMES[page.theme.name]
    shape = f"--f:{look.font};--r:{look.radius};--w:{look.border};--s:{look.shadow}"
    if page.colours is not None:
        own = _own(page.colours)
        scheme = "dark" if luminance(own.back[0]) < luminance(own.text) else "light"
        return f":root{{color-scheme:{scheme};{shape};{_variables(own)}}}{_SHARED}"
    if page.theme.scheme != "auto":
        palette = look.dark if page.theme.scheme == "dark" else look.light
        return f":root{{color-scheme:{page.theme.scheme};{shape};{_variables(palette)}}}{_SHARED}"
    return (
        f":root{{color-scheme:light dark;{shape};{_variables(look.light)}}}"
        f"@media(prefers-color-scheme:dark){{:root{{{_variables(look.dark)}}}}}{_SHARED}"
    )


def bar_colours(page: Page) -> tuple[str, str]:
    """What a browser paints its bar with, by day and by night."""
    if page.colours is not None:
        back = colours(page.colours).background
        return back, back
    look = THEMES[page.theme.name]
    light, dark = look.light.back[0], look.dark.back[0]
    return {"light": (light, light), "dark": (dark, dark)}.get(page.theme.scheme, (light, dark))


def _own(given: Colours) -> Palette:
    whole = colours(given)
    back, text, button = whole.background, whole.text, whole.button or whole.text
    # A button that hardly differs from the page gets an edge that does.
    line = button if contrast(button, back) >= _LINE_CONTRAST else text
    return Palette((back,), text, text, button, whole.button_text or back, line)


def _variables(palette: Palette) -> str:
    stops = palette.back
    back = stops[0] if len(stops) == 1 else f"linear-gradient(170deg,{','.join(stops)})"
    return (
        f"--b:{back};--t:{palette.text};--d:{palette.soft};--k:{palette.button};--kt:{palette.button_text};"
        f"--l:{palette.line}"
    )
