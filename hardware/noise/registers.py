"""What noise sources made of registers share: how many there are, and their seeds."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from hardware.formats import settle_whole
from hardware.parts import Part
from pbit.errors import DesignError
from pbit.kernels.philox import block
from pbit.random import Streams, Use

LARGEST_WIDTH = 64


def settle_sharing(part: Part) -> None:
    """Check `sharing`: a number of p-bits a register, or "all"."""
    sharing = getattr(part, "sharing")  # noqa: B009 - fields of unlike parts
    if isinstance(sharing, str):
        if sharing != "all":
            msg = f"must be 'all' or a number of p-bits a register, not {sharing!r}"
            raise DesignError(part.key("sharing"), msg)
    else:
        settle_whole(part, "sharing", 1)


def settle_seeds(part: Part, width: int, dead: int) -> None:
    """Make `seeds` a tuple of numbers of `width` bits, none of them `dead`.

    Text is read as hexadecimal. `dead` is the state that a register never leaves.
    """
    given: Any = getattr(part, "seeds")  # noqa: B009
    if given is None:
        return
    if not isinstance(given, list | tuple | np.ndarray) or len(given) == 0:
        msg = f"must be a list of words, one a register or one for all, not {given!r}"
        raise DesignError(part.key("seeds"), msg)
    seeds = [
        _seed(f"{part.key('seeds')}[{k}]", word, width, dead)
        for k, word in enumerate(given)
    ]
    msgspec.structs.force_setattr(part, "seeds", tuple(seeds))


def _seed(key: str, word: Any, width: int, dead: int) -> int:
    value = word
    if isinstance(word, str):
        try:
            value = int(word, 16)
        except ValueError:
            msg = f"must be a whole number or hexadecimal text, not {word!r}"
            raise DesignError(key, msg) from None
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise DesignError(key, f"must be a whole number, not {word!r}")
    if not 0 <= value < 1 << width:
        raise DesignError(key, f"must have {width} bits at most, not {word!r}")
    if value == dead:
        raise DesignError(key, f"must not be {word!r}, a state that is never left")
    return int(value)


def register_of(sharing: int | Literal["all"], n: int) -> NDArray[np.int64]:
    """Return which register each of n p-bits takes its words from, shape (n,)."""
    if sharing == "all":
        return np.zeros(n, np.int64)
    return np.arange(n, dtype=np.int64) // sharing


def first_states(
    seeds: tuple[int, ...] | None,
    width: int,
    dead: int,
    n_registers: int,
    source: Streams,
) -> NDArray[np.uint64]:
    """Return the registers' first states, shape (n_registers,).

    Without seeds of the design's, register r gets the first 64-bit word of the machine's
    generator for r, cut to `width` bits, that is not `dead`.

    Raises
    ------
    DesignError
        If there are seeds for another number of registers.
    """
    if seeds is not None:
        if len(seeds) not in (1, n_registers):
            msg = f"must be one word or {n_registers}, one a register, not {len(seeds)}"
            raise DesignError(key="noise.seeds", message=msg)
        words = np.array(seeds, np.uint64)
        return np.ascontiguousarray(np.broadcast_to(words, (n_registers,)))
    states = np.empty(n_registers, np.uint64)
    use, mask = int(Use.NOISE_SEED), (1 << width) - 1
    for r in range(n_registers):
        states[r] = _first_state(source, use, r, mask, dead)
    return states


def _first_state(source: Streams, use: int, r: int, mask: int, dead: int) -> int:
    attempt = 0
    while True:
        w0, w1, _w2, _w3 = block(source.key0, source.key1, use, r, attempt)
        state = ((int(w0) << 32) | int(w1)) & mask
        if state != dead:
            return state
        attempt += 1
