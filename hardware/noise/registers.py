"""What the entries of noise sources made of registers share: sharing and seeds."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from hardware.formats import settle_whole
from hardware.parts import Part
from pbit.errors import DesignError

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
