"""The schema that ``report.json`` follows, as published in ``report.schema.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).parent / "report.schema.json"


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of an evaluation's plain data.

    Examples
    --------
    >>> report_schema()["title"]
    'Evaluation of a p-bit machine'
    """
    schema: dict[str, Any] = json.loads(SCHEMA.read_text())
    return schema
