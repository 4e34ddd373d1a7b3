"""Figures as inline SVG that takes the colours of the page, and as PNG files."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from pbit._plotting import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, SKY, VERMILION

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GRID = "#E3E5E8"
PNG_DPI = 150
#: Colour of a drawing -> the variable of the page's style that replaces it.
VARIABLES = {
    INK: "ink",
    GREY: "grey",
    GRID: "grid",
    BLUE: "blue",
    ORANGE: "orange",
    GREEN: "green",
    VERMILION: "red",
    PURPLE: "purple",
    SKY: "sky",
}


def inline_svg(figure: Figure, name: str, text: str) -> str:
    """Return a figure as an SVG element to be put into a page.

    Texts stay texts, so that they can be searched and take the page's font; colours are
    the page's variables, so that a dark page has bright lines. Ids begin with the name,
    so that several figures fit one page.

    Parameters
    ----------
    figure
        What to draw.
    name
        A word that no other figure of the page has.
    text
        What the figure shows, for those who cannot see it.
    """
    from html import escape

    import matplotlib as mpl

    buffer = io.StringIO()
    style: Any = {"svg.fonttype": "none", "svg.hashsalt": name}
    with mpl.rc_context(style):
        # No metadata: they hold the time of day.
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    drawn = buffer.getvalue()
    drawn = drawn[drawn.index("<svg") :]
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn, flags=re.DOTALL)
    drawn = re.sub(r'(\bid="|"#|url\(#)', rf"\g<1>{name}-", drawn)
    for color, variable in VARIABLES.items():
        drawn = re.sub(color, f"var(--{variable})", drawn, flags=re.IGNORECASE)
    # Sizes are the page's business; the view box says the shape.
    drawn = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", drawn, count=1)
    drawn = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", drawn, count=1)
    title = escape(text, quote=True)
    return drawn.replace("<svg", f'<svg role="img" aria-label="{title}"', 1).strip()


def png(figure: Figure) -> bytes:
    """Return a figure as a PNG file on white."""
    buffer = io.BytesIO()
    figure.savefig(
        buffer,
        format="png",
        dpi=PNG_DPI,
        facecolor="white",
        metadata={"Software": None},
    )
    return buffer.getvalue()
