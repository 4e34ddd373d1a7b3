"""Mutated files of every format; run in a process of its own, with bounded memory.

``python -m tests.compilers.formats.fuzz COUNT SEED NAME ...`` prints one line for each
file that gave something else than a value or a ParseError, or took too long, and at the
end of each format the slowest file and the growth of memory so far. Every file is read
and then compiled. Seconds are of the processor: the wall clock is shared with others.
The limit of memory is one of the address space of the process, over all files of the
call together, above what it has once everything is imported and compiled by numba.
Verilog is not here: a child process with limits of its own reads it.
"""

import contextlib
import random
import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import compilers
from compilers.formats import CATALOGUE
from pbit.errors import ParseError
from tests.compilers.formats.netlists import NETLISTS
from tests.compilers.formats.samples import CASES

SECONDS = 1.0
MEMORY = 256 * 2**20
WORDS = (
    "0 -1 1 9 99999 100000 1000000 123456789012 1e9 1e999 1e-400 nan inf - + . , # % ; ~x1 "
    ">= [ ] { } : null true 9007199254740993 1_000 0x10 é"
)
PIECES = [word.encode() for word in WORDS.split()]
PIECES += [
    b" ",
    b"\n",
    b"\n\n",
    b"\t",
    b"\r",
    b"\x00",
    b"\xff\xfe",
    b"\x1f\x8b",
    b'"',
    b"\\",
]
PIECES += [b"c ", b"p ", b"e ", b"h ", b"[" * 3000, b"7" * 5000]
OPTIONS = {
    **{name: {"cycles": 2} for name in NETLISTS},
    "col": {"k": 3},
    "matrix-market": {"problem": "qubo"},
    "orlib": {"index": 0},
    "labs": {"n": 5},
}


def mutated(seed, chance):
    """Return a seed after one to four edits."""
    content = bytearray(seed)
    for _ in range(chance.randint(1, 4)):
        where = chance.randrange(len(content) + 1)
        kind = chance.randrange(6)
        if kind == 0:
            content[where : where + chance.randint(1, 8)] = b""
        elif kind == 1:
            content[where:where] = chance.choice(PIECES)
        elif kind == 2:
            content[where : where + 1] = bytes([chance.randrange(256)])
        elif kind == 3:
            content[where : where + chance.randint(0, 3)] = chance.choice(PIECES)
        elif kind == 4:
            start = chance.randrange(len(content) + 1)
            content[where:where] = content[start : start + chance.randint(1, 30)]
        else:
            lines = bytes(content).split(b"\n")
            del lines[chance.randrange(len(lines))]
            content = bytearray(b"\n".join(lines))
    return bytes(content)


class Fuzzed(NamedTuple):
    """A format: its name for `compilers.load` (None: not loaded), reader, seeds."""

    format: str | None
    read: Callable[..., Any]
    seeds: tuple[bytes, ...]


def _netlist(format, read, seeds):
    return Fuzzed(format, lambda path, strict: read(path, cycles=2), seeds)


FUZZED = {
    case.name: Fuzzed(
        case.name if case.name in CATALOGUE else None, case.read, case.seeds
    )
    for case in CASES
}
FUZZED |= {name: _netlist(*case) for name, case in NETLISTS.items()}


def calls_of(name, path, strict):
    """Return what is tried on one file: to read it, and to compile it."""
    case = FUZZED[name]
    yield lambda: case.read(path, strict=strict)
    if case.format is not None:
        options = OPTIONS.get(name, {})
        yield lambda: compilers.load(path, case.format, strict, **options)


def trial(name, path, chance):
    """Read and load one mutated file.

    Returns seconds, what went wrong, if anything, and whether it was taken for good.
    """
    content = mutated(chance.choice(FUZZED[name].seeds), chance)
    path.write_bytes(content)
    slowest, good = 0.0, True
    for call in calls_of(name, path, chance.random() < 0.5):
        start = time.process_time()
        try:
            call()
        except ParseError:
            good = False
        except BaseException as error:  # whatever it is, it is wrong
            return 0, f"{type(error).__name__}: {error} from {content!r}", False
        slowest = max(slowest, time.process_time() - start)
    if slowest > SECONDS:
        return slowest, f"{slowest:.2f} s for {content!r}", False
    return slowest, None, good


def warm_up(name, path):
    """Import and compile what the seeds need."""
    for seed in FUZZED[name].seeds:
        path.write_bytes(seed)
        for call in calls_of(name, path, True):
            with contextlib.suppress(ParseError):
                call()
    trial(name, path, random.Random(0))


def address_space():
    """Return the bytes of address space of this process."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def main(count, seed, *names):
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        for name in names:
            warm_up(name, path)
        used = address_space()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for name in names:
            chance, slowest, taken = random.Random(f"{seed} {name}"), 0.0, 0
            for _ in range(int(count)):
                seconds, wrong, good = trial(name, path, chance)
                slowest, taken = max(slowest, seconds), taken + good
                if wrong:
                    sys.stdout.write(f"{name}: {wrong}"[:600] + "\n")
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            said = f"slowest {slowest:.2f} s, memory grown by {grown / 1024:.0f} MiB"
            sys.stdout.write(f"done {name}: {count} files, {taken} taken, {said}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
