"""Mutated files of every format; run in a process of its own, with bounded memory.

``python -m tests.compilers.formats.fuzz COUNT SEED NAME ...`` prints one line for each
file that gave something else than a value or a ParseError, or took too long.
"""

import contextlib
import random
import resource
import sys
import tempfile
import time
import warnings
from pathlib import Path

import compilers
from compilers.formats import CATALOGUE
from pbit.errors import ParseError
from tests.compilers.formats.samples import BY_NAME

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


def trial(case, path, chance):
    """Read and load one mutated file; return what went wrong, if anything."""
    content = mutated(chance.choice(case.seeds), chance)
    path.write_bytes(content)
    strict = chance.random() < 0.5
    calls = [lambda: case.read(path, strict=strict)]
    if case.name in CATALOGUE:
        options = OPTIONS.get(case.name, {})
        calls.append(lambda: compilers.load(path, case.name, strict, **options))
    for call in calls:
        start = time.perf_counter()
        try:
            call()
        except ParseError:
            pass
        except BaseException as error:  # whatever it is, it is wrong
            return f"{case.name}: {type(error).__name__}: {error} from {content!r}"
        if time.perf_counter() - start > SECONDS:
            return f"{case.name}: {time.perf_counter() - start:.2f} s for {content!r}"
    return None


def main(count, seed, *names):
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        for case in map(BY_NAME.get, names):  # compiles and imports what is needed
            trial(case, path, random.Random(0))
            for start in case.seeds:
                path.write_bytes(start)
                with contextlib.suppress(ParseError):
                    if case.name in CATALOGUE:
                        compilers.load(path, case.name, **OPTIONS.get(case.name, {}))
        used = (
            int(Path("/proc/self/statm").read_text().split()[0])
            * resource.getpagesize()
        )
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
        for name in names:
            chance = random.Random(f"{seed} {name}")
            for _ in range(int(count)):
                wrong = trial(BY_NAME[name], path, chance)
                if wrong:
                    sys.stdout.write(wrong[:600] + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
