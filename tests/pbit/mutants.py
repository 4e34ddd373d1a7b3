"""Kernels broken on purpose: the source of the real one with a single line changed."""

from __future__ import annotations

import inspect
import textwrap
from typing import NamedTuple

from pbit.kernels import gibbs, numerics


def plain(kernel):
    """The Python function behind a compiled one."""
    return getattr(kernel, "py_func", kernel)


class Mutant(NamedTuple):
    """What is broken, in which kernel, and how."""

    fault: str
    kernel: str  # a name in tests.pbit.test_kernels.Kernels
    old: str
    new: str

    def make(self):
        """Compile the broken kernel as plain Python among the real one's globals."""
        module = numerics if self.kernel == "half_logit" else gibbs
        original = plain(getattr(module, self.kernel))
        source = textwrap.dedent(inspect.getsource(original))
        source = source[source.index("def ") :]  # without its decorator
        assert source.count(self.old) == 1, f"{self.old!r} is not in {self.kernel} once"
        namespace = dict(vars(module), __annotations__={})
        future = "from __future__ import annotations\n"
        exec(future + source.replace(self.old, self.new), namespace)
        return namespace[self.kernel]


def _of_sweeps(fault, old, new):
    return [Mutant(fault, kernel, old, new) for kernel in SWEEPS]


SWEEPS = ("sweep_ordered", "sweep_random")
UPDATE_FAULTS = [
    # fault, text, replacement
    ("the factor 2 lost", "beta * fields[i] >", "0.5 * beta * fields[i] >"),
    ("the factor 2 twice", "beta * fields[i] >", "2.0 * beta * fields[i] >"),
    ("beta 1 % off", "beta * fields[i] >", "1.01 * beta * fields[i] >"),
    ("beta ignored", "beta * fields[i] >", "fields[i] >"),
    ("the decision inverted", "beta * fields[i] >", "beta * fields[i] <"),
    ("the input's sign lost", "beta * fields[i] >", "-beta * fields[i] >"),
]
SWEEP_FAULTS = [
    ("neighbours told half", "+= step * data[e]", "+= 0.5 * step * data[e]"),
    ("neighbours told the opposite", "+= step * data[e]", "-= step * data[e]"),
    ("itself told instead", "fields[np.uint32(indices[e])]", "fields[i]"),
    ("no neighbour told", "range(indptr[i], indptr[i + 1])", "range(0)"),
    ("the first neighbour never told", "range(indptr[i], indptr[i + 1])",
     "range(indptr[i] + 1, indptr[i + 1])"),
    ("the last neighbour never told", "range(indptr[i], indptr[i + 1])",
     "range(indptr[i], indptr[i + 1] - 1)"),
    ("flips to -1 not told", "step = 2.0 * new", "step = 1.0 + new"),
    ("the gain's sign lost", "gain += step", "gain -= step"),
    ("the gain's factor 2 lost", "gain += step", "gain += new"),
    ("the gain of another p-bit", "gain += step * fields[i]",
     "gain += step * fields[i - 1]"),
]  # fmt: skip
INVARIANCE_FAULTS = [
    *(mutant for fault in UPDATE_FAULTS for mutant in _of_sweeps(*fault)),
    *(mutant for fault in SWEEP_FAULTS for mutant in _of_sweeps(*fault)),
    Mutant("the sign of h", "compute_fields", "total = h[i]", "total = -h[i]"),
    Mutant("h forgotten", "compute_fields", "total = h[i]", "total = 0.0"),
    Mutant("h twice", "compute_fields", "total = h[i]", "total = 2.0 * h[i]"),
    Mutant("the sign of J", "compute_fields", "total += data", "total -= data"),
    Mutant("a p-bit's own state read", "compute_fields", "m[indices[e]]", "m[i]"),
    Mutant("its own state for a neighbour's", "compute_fields",
           "range(indptr[i], indptr[i + 1])", "range(indptr[i] + 1, indptr[i + 1])"),
    Mutant("h not in the energy", "energy_of", "(fields[i] + h[i])", "fields[i]"),
    Mutant("couplings counted twice", "energy_of", "-0.5 * total", "-total"),
    Mutant("no factor of one half", "half_logit", "0.5 * log(", "log("),
    Mutant("u / (1 + u)", "half_logit", "u / (1.0 - u)", "u / (1.0 + u)"),
    Mutant("a threshold shifted by 1 %", "half_logit", "u / (1.0 - u)",
           "1.01 * u / (1.0 - u)"),
]  # fmt: skip

# These keep the Boltzmann law, and yet are not the sweep that was asked for.
TABLE_FAULTS = [
    *_of_sweeps("the last update left out", "range(order.shape[0])",
                "range(order.shape[0] - 1)"),
    *_of_sweeps("the first update left out", "range(order.shape[0])",
                "range(1, order.shape[0])"),
    Mutant("one p-bit for all", "sweep_ordered", "i = order[k]", "i = order[0]"),
    Mutant("thresholds by place", "sweep_ordered", "thresholds[i]", "thresholds[k]"),
    Mutant("picks as p-bits", "sweep_random", "order[picks[t]]", "picks[t]"),
]  # fmt: skip
