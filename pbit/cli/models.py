"""What `pbit learn` takes and `pbit sample` reads: data by name or file, models by file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pbit.cli.errors import BadInput, door

if TYPE_CHECKING:
    import networkx as nx

    from pbit.checks import States
    from pbit.learning.data import Labels

_BARS = re.compile(r"bars(\d+)x(\d+)")
_KING = re.compile(r"king(\d+)x(\d+)")
_IDX = re.compile(r"ubyte(\.gz)?$|\.idx(\.gz)?$")
THRESHOLD = 128.0  # of grey values in IDX files, which go from 0 to 255


@dataclass(frozen=True)
class Data:
    """Samples, their classes where they have some, and names of their columns."""

    rows: States
    kinds: Labels | None
    names: tuple[Any, ...]
    classes: tuple[str, ...] = ()


def read_data(name: str, labels: str | None, threshold: float | None) -> Data:
    """Return the data that a name or a file stands for.

    Raises
    ------
    BadInput
        If there is no such data, or the file holds none.
    """
    bars = _BARS.fullmatch(name)
    with door():
        if Path(name).exists():
            return _read_file(name, labels, threshold)
        if labels is not None or (threshold is not None and name != "digits"):
            msg = f"{name}: --labels and --threshold are for files of data"
            raise BadInput(msg)
        if bars is not None:
            from pbit.learning import bars_and_stripes

            return _plain(bars_and_stripes(int(bars[1]), int(bars[2])))
        if name == "digits":
            return _digits(threshold)
        return _read_logic(name)


def graph_of(name: str | None, data: Data, n_hidden: int) -> nx.Graph:
    """Return the graph of a Boltzmann machine: complete, a king's lattice, or a file.

    Nodes are the data's columns, then ``("hidden", k)``; those of lattices and files are
    renamed in their order.

    Raises
    ------
    BadInput
        If there is no such graph, or it has fewer nodes than the data have columns.
    """
    import networkx as nx

    n = len(data.names)
    if name is None or name == "complete":
        graph = nx.complete_graph(n + n_hidden)
    else:
        graph = _lattice_or_file(name)
    if len(graph) < n:
        msg = f"--graph {name} has {len(graph)} p-bits, fewer than the {n} columns of data"
        raise BadInput(msg)
    nodes = [*data.names, *(("hidden", k) for k in range(len(graph) - n))]
    renamed = nx.Graph()
    renamed.add_nodes_from(nodes)
    places = dict(zip(graph, nodes, strict=True))
    renamed.add_edges_from((places[u], places[v]) for u, v in graph.edges)
    return renamed


def deep_graph(name: str | None, data: Data, hidden: list[int]) -> nx.Graph:
    """Return the graph of a machine with labels: layers, or a lattice dealt at random."""
    from pbit.learning import layered_graph, scattered_graph

    n, classes = len(data.names), len(data.classes)
    with door():
        if name is None:
            return layered_graph(n, classes, hidden, rng=0)
        return scattered_graph(_lattice_or_file(name), n, classes, rng=0)


def load_model(path: str) -> tuple[str, Any]:
    """Return what kind of model a file holds, and the model.

    Raises
    ------
    BadInput
        If it holds none.
    """
    from pbit.io import read_kind

    with door():
        kind = read_kind(path)
    loaders: dict[str, Callable[[], Any]] = {
        "boltzmann machine": _machines,
        "restricted boltzmann machine": _restricted,
        "hopfield network": _hopfield,
        "denoising model": _denoising,
    }
    if kind not in loaders:
        msg = f"{path}: holds {kind!r}, no model that pbit learn makes"
        raise BadInput(msg)
    with door():
        return kind, loaders[kind]().load(path)


@contextmanager
def extra() -> Iterator[None]:
    """Say which extra is missing where scikit-learn is."""
    try:
        yield
    except ImportError as error:
        what = "restricted machines and digits need scikit-learn"
        msg = f"{what}: pip install 'pbitlab[learning]'"
        raise BadInput(msg) from error


def _machines() -> Any:
    from pbit.learning import BoltzmannMachine

    return BoltzmannMachine


def _restricted() -> Any:
    with extra():
        from pbit.learning import RestrictedBoltzmannMachine

    return RestrictedBoltzmannMachine


def _hopfield() -> Any:
    from pbit.learning import HopfieldNetwork

    return HopfieldNetwork


def _denoising() -> Any:
    from pbit.learning import DenoisingModel

    return DenoisingModel


def _plain(rows: States) -> Data:
    return Data(rows, None, tuple(range(rows.shape[1])))


def _digits(threshold: float | None) -> Data:
    from pbit.learning import digits

    with extra():
        rows, kinds = digits() if threshold is None else digits(threshold)
    return Data(rows, kinds, tuple(range(64)), tuple(map(str, range(10))))


def _read_logic(name: str) -> Data:
    """Return the truth table of a circuit; its columns are named by pins."""
    from pbit.cli.problems import read_circuit
    from pbit.learning import truth_table

    try:
        program = read_circuit(name)
    except BadInput as error:
        msg = (
            f"{name}: no file, and no data: give a CSV or IDX file, digits, bars4x4, "
            f"or a circuit for its truth table"
        )
        raise BadInput(msg) from error
    pins = tuple(label for bus in program.buses.values() for label in bus)
    return Data(truth_table(program), None, pins)


def _read_file(name: str, labels: str | None, threshold: float | None) -> Data:
    if _IDX.search(name):
        return _read_idx(name, labels, threshold)
    from pbit.learning import read_csv

    column = int(labels) if labels is not None and labels.isdecimal() else labels
    table = read_csv(name, label=column, threshold=threshold)
    if table.labels is None:
        return Data(table.data, None, table.columns)
    classes = sorted(set(table.labels), key=lambda text: (len(text), text))
    kinds = [classes.index(text) for text in table.labels]
    return Data(table.data, _numbers(kinds), table.columns, tuple(classes))


def _read_idx(name: str, labels: str | None, threshold: float | None) -> Data:
    from pbit.learning import binarize, check_labels, read_idx

    bound = THRESHOLD if threshold is None else threshold
    rows = binarize(read_idx(name), bound)
    names = tuple(range(rows.shape[1]))
    if labels is None:
        return Data(rows, None, names)
    kinds = check_labels(read_idx(labels), len(rows))
    return Data(rows, kinds, names, tuple(map(str, range(int(kinds.max()) + 1))))


def _numbers(kinds: list[int]) -> Labels:
    import numpy as np

    return np.array(kinds, np.int64)


def _lattice_or_file(name: str) -> nx.Graph:
    import networkx as nx

    from pbit.learning import king_graph

    king = _KING.fullmatch(name)
    if king is not None:
        with door():
            return king_graph(int(king[1]), int(king[2]))
    if not Path(name).exists():
        msg = (
            f"--graph takes complete, a lattice such as king8x8, or a file of edges, "
            f"not {name!r}"
        )
        raise BadInput(msg)
    with door():
        try:
            graph = nx.read_edgelist(name, data=False)
        except (TypeError, UnicodeDecodeError, IndexError) as error:
            msg = f"{name}: no list of edges, two names a line: {error}"
            raise BadInput(msg) from error
    if not graph.number_of_edges():
        msg = f"{name}: there are no edges, two names a line"
        raise BadInput(msg)
    return graph
