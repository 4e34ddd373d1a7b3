"""Names that are imported when first used, so that ``import pbit`` costs milliseconds."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any


def attach(
    package: str, contents: Mapping[str, str], modules: Iterable[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` for a package's table of contents (PEP 562).

    Parameters
    ----------
    package
        Name of the package, its ``__name__``.
    contents
        Public name -> submodule that defines it.
    modules
        Submodules that are public themselves.
    """
    known = {**contents, **dict.fromkeys(modules, "")}

    def load(name: str) -> Any:
        if name not in known:
            msg = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(msg)
        if not known[name]:
            return importlib.import_module(f"{package}.{name}")
        value = getattr(importlib.import_module(f"{package}.{known[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return load, lambda: sorted({"__version__", *known})
