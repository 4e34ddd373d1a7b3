"""One file format a file: readers that refuse what they cannot trust, and writers."""

from pbit._lazy import attach as _attach

_CONTENTS = {
    "FORMATS": "sniff",
    "read_rudy": "rudy",
    "sniff_format": "sniff",
    "write_rudy": "rudy",
}

__all__ = [
    "FORMATS",
    "read_rudy",
    "sniff_format",
    "write_rudy",
]
__getattr__, __dir__ = _attach(__name__, _CONTENTS)
