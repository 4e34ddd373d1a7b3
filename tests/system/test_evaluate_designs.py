"""Every shipped design is evaluated with the quick suite, within a minute, to a sound page."""

import jsonschema
import pytest

import hardware
from hardware.evaluation import report_schema
from hardware.evaluation.report import read_report
from hardware.evaluation.report.page import SECTIONS
from tests.hardware.evaluation import browser
from tests.system.commands import call


@pytest.mark.slow
@pytest.mark.parametrize("name", hardware.shipped_designs())
def test_a_shipped_design_has_a_sound_report_within_a_minute(name, tmp_path):
    result = call("evaluate", name, "--rng", 1, "-o", tmp_path / "out")
    assert (result.exit_code, result.stderr) == (0, "")
    table = read_report(tmp_path / "out")
    jsonschema.validate(table, report_schema())
    assert table["reproduce"]["seconds"] < 60  # with two cores of one's own
    assert table["limits"]["problems"] == []
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert all(f'<h2 id="{key}">' in page for key in SECTIONS)
    pictures = list((tmp_path / "out" / "figures").iterdir())
    assert page.count("<figure ") == len(pictures) >= 6
    if browser.CHROMIUM is None:
        pytest.skip("the page was not looked at: chromium is not installed")
    seen, console = browser.measure(page, tmp_path, (390, 1440))
    assert console == []
    for width, found in seen.items():
        assert found["scroll"] <= int(width)
        assert (found["over"], found["boxes"]) == ([], [])
        assert len(found["sizes"]) == len(pictures)
        assert all(min(wide, high) > 100 for wide, high, _ in found["sizes"])
