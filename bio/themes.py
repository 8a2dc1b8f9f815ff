"""The themes: colours by day and by night, a typeface, the shape of a button."""

from typing import NamedTuple

SCHEMES = ("auto", "light", "dark")

_SYSTEM = "system-ui,-apple-system,'Segoe UI',Roboto,sans-serif"
_SERIF = "'Iowan Old Style','Palatino Linotype',Palatino,Georgia,serif"
_ROUND = "ui-rounded,'SF Pro Rounded','Hiragino Maru Gothic ProN',Quicksand,Nunito,system-ui,sans-serif"
_MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"

_RAISED = "0 1px 2px rgb(0 0 0/.12),0 4px 14px rgb(0 0 0/.1)"


class Palette(NamedTuple):
    """Colours, each ``#rrggbb``. ``back``: one, or the stops of a gradient from the top down. ``soft`` is a
    description's, ``line`` a button's border."""

    back: tuple[str, ...]
    text: str
    soft: str
    button: str
    button_text: str
    line: str


class Look(NamedTuple):
    """A theme. ``radius``, ``border``, ``shadow`` are CSS, of a button;"""

    light: Palette
    dark: Palette
    font: str
    radius: str
    border: str
    shadow: str


THEMES: dict[str, Look] = {
    "paper": Look(
        Palette(("#f8f3e9",), "#2c2620", "#5f554a", "#fffdf8", "#2c2620", "#2c2620"),
        Palette(("#1e1b18",), "#f3ebdf", "#c4b9a9", "#2b2723", "#f3ebdf", "#c9bba6"),
        _SERIF,
        ".4rem",
        "1.5px",
        "0 3px 0 var(--l)",
    ),
    "slate": Look(
        Palette(("#eef1f5",), "#17202b", "#4b5968", "#263445", "#ffffff", "#263445"),
        Palette(("#10151b",), "#eef2f7", "#a9b6c4", "#2a3747", "#f4f7fa", "#3d4d60"),
        _SYSTEM,
        ".8rem",
        "1px",
        "0 1px 2px rgb(0 0 0/.2)",
    ),
    "sunset": Look(
        Palette(("#ffe8d6", "#ffcfd6", "#e2cdf5"), "#40143a", "#63305a", "#ffffff", "#5c184c", "#ffffff"),
        Palette(("#231033", "#4b1a45", "#7d2f3f"), "#fff0e8", "#f3cdd0", "#ffb795", "#3b1027", "#ffb795"),
        _ROUND,
        "2rem",
        "1px",
        _RAISED,
    ),
    "forest": Look(
        Palette(("#eaf1e6",), "#15301f", "#415a49", "#1f5a3a", "#ffffff", "#1f5a3a"),
        Palette(("#0e1a13",), "#e5f0e4", "#a8bfac", "#b6d9ae", "#12291a", "#b6d9ae"),
        _SYSTEM,
        "1.1rem 1.1rem 1.1rem .25rem",
        "1px",
        "none",
    ),
    "ocean": Look(
        Palette(("#f0fafd", "#cfeaf5", "#a9d7ea"), "#06283d", "#24506a", "#075a80", "#ffffff", "#075a80"),
        Palette(("#03131f", "#062a40", "#0a435f"), "#e4f5fc", "#a9cfe0", "#0c3b55", "#eafaff", "#58b4d8"),
        _SYSTEM,
        ".6rem",
        "1px",
        _RAISED,
    ),
    "mono": Look(
        Palette(("#ffffff",), "#000000", "#4a4a4a", "#ffffff", "#000000", "#000000"),
        Palette(("#000000",), "#ffffff", "#b8b8b8", "#000000", "#ffffff", "#ffffff"),
        _MONO,
        "0",
        "2px",
        "none",
    ),
}
"""By name. A test holds every text of every palette to its contrast."""
