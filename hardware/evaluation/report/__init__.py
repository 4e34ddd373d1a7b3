"""Reports: what an evaluation found, as a folder to read, to compute with and to repeat."""

from pbit._lazy import attach as _attach

_CONTENTS = {
    "check_folder": "folder",
    "compare": "comparison",
    "draw": "drawings",
    "read_report": "folder",
    "render": "page",
    "write_report": "folder",
}
_MODULES = ("comparison", "words")

__all__ = [
    "check_folder",
    "compare",
    "comparison",
    "draw",
    "read_report",
    "render",
    "words",
    "write_report",
]
__getattr__, __dir__ = _attach(__name__, _CONTENTS, _MODULES)
