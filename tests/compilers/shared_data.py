"""Instances and published tables beside the repository; without them tests skip."""

from pathlib import Path

import pytest

_DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"


def shared(*parts: str) -> Path:
    path = _DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"../shared/data/{'/'.join(parts)} is not there")
    return path
