"""The page on explorations: its code runs."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[3] / "docs" / "explore.md"
BLOCKS = re.findall(
    r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.DOTALL
)


@pytest.mark.parametrize("k", range(len(BLOCKS)))
def test_code_of_the_page_runs(k, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(BLOCKS[k], "explore.md", "exec"), {"__name__": "page"})
    assert len(BLOCKS) == 3
