"""What the pages of docs/ show is what happens: every block of code is run.

The blocks of a page are run in order, in one namespace and one temporary folder, as a
reader would run them; a ``text`` block right behind one is what it prints. A ``toml``
block whose first line is ``# NAME.toml`` is saved under that name first.
"""

import contextlib
import io
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

import compilers
from compilers import formats, passes
from pbit.cli import main

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# Blocks that take long, by page and by a part of their text; they and what follows on
# their page because of them are run by the slow test only. Nothing else is left out.
SLOW = {
    "samplers.md": {
        "LocalCluster(n_workers=4": "starts a cluster of four processes",
        "n_sweeps=10**5": "seconds of annealing",
    },
    "learning.md": {
        "autonomous-smtj": "300 steps of learning on a simulated machine",
        "n_epochs=200": "trains a deep machine",
        "RestrictedBoltzmannMachine, digits": "trains on digits",
        "DenoisingModel(machine": "trains two machines",
        "--epochs 3000": "3000 steps of learning",
        "pbit learn digits": "trains on digits",
        "pbit sample": "samples what was trained",
    },
    "published.md": {"n_ladders=100": "400 chains at 16 temperatures"},
    "evaluation.md": {
        'evaluate("ucsb-fpga", "quick", rng=1)': "a whole evaluation: half a minute",
        '"pass-chip", requirements=': "a whole evaluation: half a minute",
        "pbit evaluate ucsb-fpga --rng 1": "a whole evaluation: half a minute",
        "--against ucsb-fpga": "two whole evaluations",
        "time_to_solution@glass-3d-64": "a whole evaluation: half a minute",
        "pbit compare out/ucsb": "compares what the evaluations wrote",
    },
}
# Commands that cannot be run here at all, with what they need.
NEEDS = {
    "train-images-idx3-ubyte.gz": "MNIST, which readers fetch themselves",
}


class Block(NamedTuple):
    """A piece to run: its kind, its text, what it prints (None: not said)."""

    kind: str
    text: str
    prints: str | None


def blocks(page):
    """Return the pieces of a page in order; a command of a console block is one each."""
    found = []
    text = (DOCS / page).read_text("utf-8")
    fences = list(FENCE.finditer(text))
    for k, fence in enumerate(fences):
        kind, body = fence.groups()
        if kind == "console":
            found += [
                Block(kind, line.removeprefix("$ ").partition("  #")[0], None)
                for line in body.splitlines()
                if line.startswith("$ ")
            ]
        elif kind == "python" or (kind == "toml" and body.startswith("# ")):
            follower = fences[k + 1] if k + 1 < len(fences) else None
            prints = None
            if follower is not None and follower[1] == "text":
                between = text[fence.end() : follower.start()]
                prints = follower[2] if not between.strip() else None
            found.append(Block(kind, body, prints))
    return found


def reason(page, block, table=None):
    """Return why a block is slow, or None."""
    table = SLOW.get(page, {}) if table is None else table
    return next((why for part, why in table.items() if part in block.text), None)


def run_block(block, names):
    """Run a block; raise where it fails or prints something else than its page says."""
    if block.kind == "toml":
        name = block.text.splitlines()[0].removeprefix("# ").strip()
        Path(name).write_text(block.text, "utf-8")
    elif block.kind == "console":
        assert block.text.startswith("pbit "), block.text
        command, _, file = block.text.partition(" > ")
        result = CliRunner().invoke(main, shlex.split(command)[1:])
        assert result.exit_code == 0, f"{block.text}\n{result.output}"
        if file:
            Path(file.strip()).write_text(result.stdout, "utf-8")
    else:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block.text, "docs", "exec"), names)
        if block.prints is not None:
            assert printed.getvalue() == block.prints, block.text


def run_page(page, folder, monkeypatch, wanted):
    """Run the wanted blocks of a page in a folder that has the repository's examples."""
    (folder / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(folder)
    names = {"__name__": "__main__"}
    for block in blocks(page):
        if wanted(block):
            run_block(block, names)


PAGES = sorted(path.name for path in DOCS.glob("*.md") if blocks(path.name))


def needs(block):
    """Return what a block needs that is not here, or None."""
    return reason("", block, NEEDS)


@pytest.mark.parametrize("page", PAGES)
def test_code_on_a_page_does_what_the_page_says(page, tmp_path, monkeypatch):
    run_page(
        page,
        tmp_path,
        monkeypatch,
        lambda block: not (reason(page, block) or needs(block)),
    )


@pytest.mark.slow
@pytest.mark.parametrize("page", sorted(SLOW))
def test_slow_code_on_a_page_does_what_the_page_says(page, tmp_path, monkeypatch):
    run_page(page, tmp_path, monkeypatch, lambda block: not needs(block))


def test_what_is_put_off_as_slow_or_impossible_is_on_its_page():
    for page, parts in SLOW.items():
        for part in parts:
            assert any(part in block.text for block in blocks(page)), part
    everything = "".join(path.read_text("utf-8") for path in DOCS.glob("*.md"))
    assert all(part in everything for part in NEEDS)


def test_links_and_pictures_of_the_pages_lead_somewhere():
    for path in DOCS.glob("*.md"):
        prose = FENCE.sub("", path.read_text("utf-8"))
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", prose):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_the_page_on_compilers_has_every_compiler_pass_and_format():
    text = (DOCS / "compilers.md").read_text("utf-8")
    names = [name for name in compilers.__all__ if name[0].islower()]
    names += [f"passes.{name}" for name in passes.__all__ if name[0].islower()]
    names += [f"`{name}`" for name in formats.CATALOGUE]
    assert [name for name in names if name not in text] == []


def test_every_page_is_in_the_navigation():
    nav = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[2]
    listed = re.findall(r"[\w-]+\.md", nav)
    assert sorted(listed) == sorted(path.name for path in DOCS.glob("*.md"))


def test_pictures_are_small():
    for path in (DOCS / "figures").iterdir():
        assert path.stat().st_size < 100_000, path.name
