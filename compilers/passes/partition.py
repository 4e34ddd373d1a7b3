"""A model dealt out to several chips: few couplings cut, parts of equal size."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from compilers.passes.passed import Passed, Way, as_pass, passed
from compilers.program import Program
from pbit.checks import check_choice, check_count
from pbit.errors import CapacityError
from pbit.model import PCircuit
from pbit.polynomial import PolynomialModel
from pbit.random import RandomState, streams


@dataclass(frozen=True, eq=False)
class Partition:
    """Which part every p-bit is in.

    Attributes
    ----------
    parts
        0 ... k-1 for every p-bit, int32, shape (n,); read-only.
    k
        Number of parts.
    """

    parts: NDArray[np.int32]
    k: int

    def __post_init__(self) -> None:
        """Freeze the parts."""
        parts = np.array(self.parts, dtype=np.int32)
        parts.flags.writeable = False
        object.__setattr__(self, "parts", parts)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of p-bits in each part, shape (k,)."""
        return np.bincount(self.parts, minlength=self.k)


@as_pass
def partition(
    program: Program, k: int, *, method: str = "metis", rng: RandomState = 0
) -> Passed:
    """Deal the p-bits out to k parts of about equal size with few couplings between them.

    The model stays as it is; the parts are in ``results["partition"]``. A heuristic: the
    smallest cut is NP-hard to find.

    Parameters
    ----------
    program
        Of any kind of model; of a polynomial, p-bits that share a term count as coupled.
    k
        Number of parts, at least 1 and at most the number of p-bits.
    method
        "metis": multilevel k-way partitioning [Karypis1998]_ (pymetis); "kernighan-lin":
        repeated bisection [Kernighan1970]_ by networkx, for k a power of two and some
        thousand p-bits.
    rng
        Seed.

    Returns
    -------
    Passed
        The report has the ``cut`` (couplings between parts, and their share), ``sizes``,
        ``boundary``: how many p-bits of each part are heard outside it, and ``links``:
        couplings between each pair of parts that has any, [part, part, couplings].

    Raises
    ------
    CapacityError
        If there are fewer p-bits than parts.
    ImportError
        If pymetis is needed and not installed.
    TypeError, ValueError
        If an argument breaks a rule.

    References
    ----------
    .. [Karypis1998] G. Karypis, V. Kumar, SIAM J. Sci. Comput. 20, 359 (1998).
    .. [Kernighan1970] B. W. Kernighan, S. Lin, Bell Syst. Tech. J. 49, 291 (1970).

    Examples
    --------
    >>> import compilers
    >>> ring = compilers.maxcut(nx.cycle_graph(12))
    >>> halves = partition(ring, 2, method="kernighan-lin")
    >>> halves.provenance["passes"][-1]["sizes"]
    [6, 6]
    """
    check_count("k", k)
    check_choice("method", method, ("metis", "kernighan-lin"))
    if k > program.n:
        msg = f"{program.n} p-bits cannot be dealt out to {k} parts: {k - program.n} too many"
        raise CapacityError(msg)
    adjacency = _adjacency(program)
    seed = streams(rng).key0 % 2**31
    if k == 1:
        parts = np.zeros(program.n, np.int32)
    elif method == "metis":
        parts = _metis(adjacency, k, seed)
    else:
        parts = _bisections(adjacency, k, seed)
    found = Partition(parts, k)
    return passed(
        program,
        "partition",
        program.model,
        Way(np.arange(program.n)),
        {"k": k, "method": method, **_costs(adjacency, found)},
        exact=True,
        keeps="everything",
        results={"partition": found},
    )


def _adjacency(program: Program) -> sp.csr_array:
    """Return who is coupled with whom, both ways, entries 1."""
    model: PCircuit | PolynomialModel = program.model
    circuit = model.hearing() if isinstance(model, PolynomialModel) else model
    touch = circuit.weights != 0
    both = sp.csr_array(touch + touch.T)
    both.sort_indices()
    return both


def _metis(adjacency: sp.csr_array, k: int, seed: int) -> NDArray[np.int32]:
    try:
        import pymetis
    except ImportError as error:
        msg = (
            "method 'metis' needs pymetis: pip install 'pbitlab[partition]' "
            "(or method='kernighan-lin')"
        )
        raise ImportError(msg) from error
    found = pymetis.part_graph(
        k,
        pymetis.CSRAdjacency(adjacency.indptr, adjacency.indices),
        options=pymetis.Options(seed=seed),
    )
    return np.array(found.vertex_part, np.int32)


def _bisections(adjacency: sp.csr_array, k: int, seed: int) -> NDArray[np.int32]:
    if k & (k - 1):
        msg = f"k must be a power of two for method 'kernighan-lin', not {k}"
        raise ValueError(msg)
    graph = nx.from_scipy_sparse_array(adjacency)
    parts = np.zeros(adjacency.shape[0], np.int32)
    groups = [list(graph)]
    while len(groups) < k:
        halves: list[list[int]] = []
        for group in groups:
            piece = graph.subgraph(group)
            pair = nx.community.kernighan_lin_bisection(piece, seed=seed)
            halves += [sorted(half) for half in pair]
        groups = halves
    for number, group in enumerate(groups):
        parts[group] = number
    return parts


def _costs(adjacency: sp.csr_array, found: Partition) -> dict[str, object]:
    edges = sp.triu(adjacency, k=1).tocoo()
    one, two = found.parts[edges.row], found.parts[edges.col]
    cut = one != two
    heard = np.zeros(found.parts.size, bool)
    heard[edges.row[cut]] = heard[edges.col[cut]] = True
    low, high = np.minimum(one, two)[cut], np.maximum(one, two)[cut]
    keys, counts = np.unique(low.astype(np.int64) * found.k + high, return_counts=True)
    ones, twos = (keys // found.k).tolist(), (keys % found.k).tolist()
    links = zip(ones, twos, counts.tolist(), strict=True)
    return {
        "cut": int(cut.sum()),
        "cut_share": float(cut.mean()) if cut.size else 0.0,
        "sizes": found.sizes.tolist(),
        "boundary": np.bincount(found.parts[heard], minlength=found.k).tolist(),
        "links": [list(link) for link in links],
    }
