"""Every example runs, and the demo keeps its promises."""

import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
COURSE = sorted(path.name for path in EXAMPLES.glob("[0-9]*.py"))


def test_the_course_is_numbered_without_gaps():
    assert [name[:2] for name in COURSE] == [f"{k:02}" for k in range(1, 11)]


@pytest.mark.parametrize("name", COURSE)
def test_an_example_runs_and_prints(name, capsys):
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    out, err = capsys.readouterr()
    assert out
    assert not err


def test_the_demo_keeps_its_promises_and_draws_a_picture(tmp_path, capsys):
    demo = runpy.run_path(str(EXAMPLES / "demo.py"), run_name="demo")
    picture = tmp_path / "out" / "demo.png"
    status = demo["main"](picture)
    out, err = capsys.readouterr()
    assert (status, err) == (0, "")
    assert "11624" in out
    assert "11 x 13" in out
    assert picture.read_bytes().startswith(b"\x89PNG\r\n")


def test_the_demo_fails_when_a_promise_is_missed(tmp_path, capsys, monkeypatch):
    main = runpy.run_path(str(EXAMPLES / "demo.py"), run_name="demo")["main"]
    for chapter in ("run_machines", "factor", "factor_on_machine", "draw"):
        monkeypatch.setitem(main.__globals__, chapter, lambda *_: {})
    monkeypatch.setitem(main.__globals__, "PROMISED", 20_000)
    assert main(tmp_path / "demo.png") == 1
    assert capsys.readouterr().err == "MISSED: a cut of 20000 by annealing\n"
