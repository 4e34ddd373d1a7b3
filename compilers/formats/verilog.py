"""Verilog through Yosys: synthesised to gates in a child process with limits.

Yosys ends its process on any error and its language can name files, so it runs apart:
in an empty folder with copies of the sources, under limits of time and memory.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from importlib import resources
from os import PathLike
from pathlib import Path

from compilers.formats.yosys_json import parse_yosys_json
from compilers.logic.building import to_netlist
from compilers.logic.netlist import Netlist
from compilers.logic.signals import Signals
from pbit.checks import check_count
from pbit.errors import ParseError

MAX_SOURCE = 2**24  # bytes of all sources
_OURS = ("netlist.json", "pbit-map.v")
GATES = "AND,OR,XOR,NAND,NOR,XNOR,ANDNOT,ORNOT,MUX"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_INCLUDE = re.compile(
    r"`include\b\s*(\"([^\"\n]*)\")?|\$(readmem[hb]|fopen)\b[\s(]*(\"([^\"\n]*)\")?"
)
_ERROR = re.compile(
    r"^(?:(?P<file>[^\s:]+):(?P<line>\d+)(?:\.[\d.-]+)?: )?ERROR: (?P<text>.+)$", re.M
)
_ARITHMETIC = "arithmetic.v"  # beside this module: adders in chains, not in trees
# The first thing in the child: limits, before anything of the sources is read.
_CHILD = """
import json, resource, sys
seconds, memory, script = json.loads(sys.argv[1])
resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
resource.setrlimit(resource.RLIMIT_FSIZE, (2**28, 2**28))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
from pyosys import libyosys
design = libyosys.Design()
for command in script:
    libyosys.run_pass(command, design)
"""


def read_verilog(
    path: str | PathLike[str],
    *others: str | PathLike[str],
    top: str | None = None,
    parameters: Mapping[str, int] | None = None,
    cycles: int | None = None,
    unknown: int | str = "free",
    signed: Collection[str] = (),
    abc: bool = False,
    seconds: int = 60,
    memory: int = 2**31,
) -> Netlist:
    """Synthesise Verilog sources to a netlist by Yosys (pyosys, extra ``rtl``).

    Ports are buses with their Verilog names, widths and signs. Sequential logic is
    unrolled; resets that are asynchronous become synchronous, the clock disappears.

    Parameters
    ----------
    path, *others
        Sources, and the files that they include (given by name, without a folder).
        Those named ``.sv`` are read as SystemVerilog.
    top
        The top module; found by Yosys if omitted.
    parameters
        Values of the top module's parameters.
    cycles, unknown, signed
        As in `read_yosys_json`.
    abc
        Whether ABC restructures the logic before it is handed over. `simplify` finds
        more adders in logic as Yosys maps it, so it is not by default.
    seconds, memory
        Limits of the child process: processor and wall time, bytes of address space.

    Raises
    ------
    ParseError
        If Yosys refuses the sources (with its message, file and line), goes beyond the
        limits, or a source names a file that was not given.
    ImportError
        If pyosys is not installed.
    """
    signals = parse_verilog(
        path, *others, top=top, parameters=parameters, signed=signed, abc=abc,
        seconds=seconds, memory=memory,
    )  # fmt: skip
    return to_netlist(signals, path, cycles, unknown)


def parse_verilog(
    path: str | PathLike[str],
    *others: str | PathLike[str],
    top: str | None = None,
    parameters: Mapping[str, int] | None = None,
    signed: Collection[str] = (),
    abc: bool = False,
    seconds: int = 60,
    memory: int = 2**31,
) -> Signals:
    """Synthesise Verilog sources to signals; see `read_verilog`."""
    if importlib.util.find_spec("pyosys") is None:
        msg = "Verilog needs pyosys: pip install 'pbitlab[rtl]'"
        raise ImportError(msg)
    check_count("seconds", seconds)
    check_count("memory", memory)
    with tempfile.TemporaryDirectory(prefix="pbit-verilog-") as folder:
        files = _copy([path, *others], Path(folder))
        script = _script(path, files, top, parameters or {}, abc=abc)
        mapping = resources.files("compilers.formats").joinpath(_ARITHMETIC).read_text()
        (Path(folder) / _OURS[1]).write_text(mapping)
        _run(path, files, script, folder, seconds, memory)
        written = Path(folder) / "netlist.json"
        try:
            return parse_yosys_json(written, signed=signed)
        except ParseError as error:
            text = str(error).removeprefix(f"{written}: ")
            raise ParseError(path, None, text) from None


def _copy(
    paths: Sequence[str | PathLike[str]], folder: Path
) -> dict[str, str | PathLike[str]]:
    """Copy the sources into the folder, by their names; check what they include."""
    files: dict[str, str | PathLike[str]] = {}
    total = 0
    for path in paths:
        name = Path(path).name
        if not _FILE.fullmatch(name) or name in files or name in _OURS:
            why = "is there twice" if name in files else "is not plain"
            msg = f"the name of a source, {name!r}, {why}"
            raise ParseError(path, None, msg)
        total += Path(path).stat().st_size
        if total > MAX_SOURCE:
            msg = f"sources must be at most {MAX_SOURCE} bytes together"
            raise ParseError(path, None, msg)
        shutil.copyfile(path, folder / name)
        files[name] = path
    for name, path in files.items():
        text = (folder / name).read_text(encoding="utf-8", errors="replace")
        for match in _INCLUDE.finditer(text):
            wanted = match[2] if match[2] is not None else match[5]
            if wanted not in files:
                line = text.count("\n", 0, match.start()) + 1
                shown = (
                    "a name that is not written out" if wanted is None else repr(wanted)
                )
                msg = f"the source reads {shown}: give the file beside it"
                raise ParseError(path, line, msg)
    return files


def _script(
    path: object,
    files: Mapping[str, object],
    top: str | None,
    parameters: Mapping[str, int],
    *,
    abc: bool,
) -> list[str]:
    included = {".vh", ".svh", ".hex", ".mem", ".dat", ".txt", ".inc"}
    sources = [name for name in files if Path(name).suffix not in included]
    for name in [*([] if top is None else [top]), *parameters]:
        if not _NAME.fullmatch(name):
            msg = f"{name!r} is no name of a module or parameter"
            raise ParseError(path, None, msg)
    values = []
    for name, value in parameters.items():
        check_count(f"parameter {name}", value, -(2**31))
        values.append(f"-chparam {name} {int(value)}")
    found = "-auto-top" if top is None else f"-top {top}"
    return [
        *(f"read_verilog {'-sv ' * name.endswith('.sv')}{name}" for name in sources),
        f"hierarchy -check {found} {' '.join(values)}",
        "proc",
        "flatten",
        "opt",
        "wreduce",
        f"techmap -map {_OURS[1]}",
        "synth -flatten -run begin:fine",
        "memory_map",
        f"techmap -map {_OURS[1]} -map +/techmap.v",
        "synth -noabc -run fine:check",
        "async2sync",
        "dfflegalize -cell $_DFF_P_ 01 -cell $_DFF_N_ 01",
        "opt -full -nodffe -nosdff",
        *([f"abc -g {GATES}"] if abc else ["simplemap"]),
        "opt_clean -purge",
        "write_json netlist.json",
    ]


def _run(
    path: str | PathLike[str],
    files: Mapping[str, str | PathLike[str]],
    script: list[str],
    folder: str,
    seconds: int,
    memory: int,
) -> None:
    order = json.dumps([seconds, memory, script])
    environment = {**os.environ, "TMPDIR": folder, "PYTHONDONTWRITEBYTECODE": "1"}
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-I", "-c", _CHILD, order],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        out, _ = child.communicate(timeout=seconds + 5)
    except subprocess.TimeoutExpired:
        msg = f"Yosys took longer than {seconds} s"
        raise ParseError(path, None, msg) from None
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
    if child.returncode == 0 and (Path(folder) / "netlist.json").exists():
        return
    raise _refusal(path, files, out.decode(errors="replace"), child.returncode, seconds)


def _refusal(
    path: str | PathLike[str],
    files: Mapping[str, str | PathLike[str]],
    out: str,
    status: int,
    seconds: int,
) -> ParseError:
    if match := _ERROR.search(out):
        source = files.get(Path(match["file"]).name) if match["file"] else None
        line = int(match["line"]) if source is not None else None
        return ParseError(source or path, line, f"Yosys: {match['text'].strip()}")
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        return ParseError(path, None, f"Yosys took longer than {seconds} s")
    tail = " ".join(out.split()[-30:])
    if "bad_alloc" in out or "MemoryError" in out:
        return ParseError(path, None, f"Yosys needed more memory than allowed: {tail}")
    return ParseError(path, None, f"Yosys ended with status {status}: {tail}")
