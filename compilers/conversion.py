"""From one file format to another, saying what the other has no place for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike, fspath
from pathlib import PurePath
from typing import Any, Literal

import networkx as nx
import numpy as np

from compilers.edges import EdgeList
from compilers.formats.catalogue import CATALOGUE, FORMATS
from compilers.formats.cnf import Cnf
from compilers.formats.dimod_json import check_labels
from compilers.formats.matrix_market import Matrix
from compilers.formats.opb import PseudoBoolean
from compilers.formats.quadratic import Quadratic
from compilers.formats.sniff import sniff_format
from compilers.formats.wcnf import Wcnf
from compilers.loading import load
from compilers.routes import as_graph, reader
from pbit.checks import check_choice
from pbit.model import IsingModel

Path = str | PathLike[str]
_QUADRATIC = ("quadratic", "quadratics", "pseudo-boolean", "matrix")


@dataclass(frozen=True)
class Conversion:
    """What was converted into what.

    Attributes
    ----------
    source, target
        Names of the two formats.
    notes
        What the target says differently from the source, one sentence each; empty if
        nothing.
    """

    source: str
    target: str
    notes: tuple[str, ...] = ()


def convert(
    path: Path,
    out: Path,
    format: str | None = None,
    to: str | None = None,
    strict: bool = True,
    **options: Any,
) -> Conversion:
    r"""Convert a problem file into another format.

    Formats that hold the same kind of problem are converted as they are. Any problem
    can be turned into a format of quadratic functions (QUBO, Ising): it is compiled, and
    the function is the energy of its p-bits.

    Parameters
    ----------
    path
        The file to read.
    out
        The file to write; it is written whole or not at all.
    format, strict
        As in :func:`compilers.load`.
    to
        Name of the format to write; told from the ending of `out` if omitted.
    **options
        As in :func:`compilers.load`, for problems that are compiled; ``index`` for the
        instances of an OR-Library file.

    Returns
    -------
    Conversion
        The two formats, and what the new file says differently.

    Raises
    ------
    ParseError
        If the file breaks its format's grammar.
    ValueError
        If the target is not told, or has no way to say what the file holds.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "g.txt").write_text("2 1\n1 2 3\n")
    >>> convert(folder / "g.txt", folder / "g.mtx").target
    'matrix-market'
    """
    source = (
        sniff_format(path)
        if format is None
        else check_choice("format", format, FORMATS)
    )
    target = told_by_ending(out) if to is None else check_choice("to", to, CATALOGUE)
    task = _Task(path, source, target, strict, options)
    value = task.run()
    form = CATALOGUE[target]
    module = importlib.import_module(f"compilers.formats.{form.module}")
    write: Callable[[Any, Path], None] = getattr(module, form.write)
    write(value, out)
    return Conversion(source, target, tuple(task.notes))


def write_energy(model: IsingModel, out: Path, to: str | None = None) -> Conversion:
    """Write the energy of a model as a file of a quadratic function (QUBO or Ising).

    Parameters
    ----------
    model
        Whose energy :math:`E(m)` is written.
    out, to
        As in `convert`.

    Returns
    -------
    Conversion
        The format, and what the file says differently from the model.

    Raises
    ------
    ValueError
        If the format is not told, or cannot hold a quadratic function.
    """
    target = energy_format(out, to)
    form = CATALOGUE[target]
    task = _Task(out, "an Ising model", target, True, {})
    value = task._from_quadratic(_energy(model), form.family)
    module = importlib.import_module(f"compilers.formats.{form.module}")
    getattr(module, form.write)(value, out)
    return Conversion("energy", target, tuple(task.notes))


def energy_format(out: Path, to: str | None = None) -> str:
    """Return the format of a file for an energy, which `write_energy` would write.

    Raises
    ------
    ValueError
        As `write_energy`.
    """
    target = told_by_ending(out) if to is None else check_choice("to", to, CATALOGUE)
    if CATALOGUE[target].family not in _QUADRATIC:
        known = [name for name, f in CATALOGUE.items() if f.family in _QUADRATIC]
        msg = f"{target} cannot hold an energy: take one of {', '.join(known)}"
        raise ValueError(msg)
    return target


def told_by_ending(out: Path) -> str:
    """Return the format that the ending of a file's name stands for.

    Raises
    ------
    ValueError
        If it stands for none.
    """
    ending = PurePath(fspath(out)).suffix.lower()
    for name, form in CATALOGUE.items():
        if ending in form.suffixes:
            return name
    known = sorted(suffix for form in CATALOGUE.values() for suffix in form.suffixes)
    msg = (
        f"{fspath(out)}: the ending tells no format; name one, or use {' '.join(known)}"
    )
    raise ValueError(msg)


@dataclass
class _Task:
    path: Path
    source: str
    target: str
    strict: bool
    options: dict[str, Any]
    notes: list[str] = field(default_factory=list)

    def run(self) -> Any:
        """Return what the target's writer takes."""
        family = CATALOGUE[self.target].family
        if self.source not in CATALOGUE:  # a netlist, or compiled before
            return self._compiled(family)
        value = self._read()
        own = CATALOGUE[self.source].family
        if isinstance(value, Quadratic):
            return self._from_quadratic(value, family)
        if own == family:
            return value
        graphs = ("graph", "weighted graph")
        if isinstance(value, Matrix) and family in graphs:
            return as_graph(value)
        if isinstance(value, Matrix) and family.startswith("quadratic"):
            return self._from_quadratic(_form_of(value), family)
        if isinstance(value, nx.Graph) and family in (*graphs, "matrix"):
            self._check_nodes(value, family)
            return _matrix_of(value) if family == "matrix" else value
        if isinstance(value, Cnf) and family == "wcnf":
            return Wcnf(value.n, value.clauses, ())
        if isinstance(value, Wcnf) and family == "cnf" and not value.soft:
            return Cnf(value.n, value.hard)
        return self._compiled(family)

    def _read(self) -> Any:
        reading = {k: self.options[k] for k in ("sign", "vartype") if k in self.options}
        value = reader(self.source)(self.path, strict=self.strict, **reading)
        if self.source == "orlib" and self.target != "orlib":
            index = self.options.get("index", 0 if len(value) == 1 else None)
            if type(index) is not int or not 0 <= index < len(value):
                msg = f"index must be 0 to {len(value) - 1}, not {index!r}"
                raise ValueError(msg)
            return value[index]
        if isinstance(value, PseudoBoolean) and not value.constraints:
            return value.objective if self.target != "opb" else value
        return value

    def _check_nodes(self, graph: nx.Graph, family: str) -> None:
        if family != "graph" and nx.get_node_attributes(graph, "weight"):
            msg = f"{self.target} has no place for the weights of nodes"
            raise ValueError(msg)

    def _compiled(self, family: str) -> Any:
        """Return the energy of the compiled problem."""
        if family not in _QUADRATIC:
            msg = f"{self.target} has no way to say what a file in {self.source} holds"
            raise ValueError(msg)
        program = load(self.path, self.source, self.strict, **self.options)
        model = program.model
        if not isinstance(model, IsingModel):
            msg = "a circuit with directed wires has no energy to write"
            raise ValueError(msg)
        self.notes.append(
            f"compiled: the function is the energy of the {model.n} p-bits of a "
            f"{program.provenance['what']}"
        )
        return self._from_quadratic(_energy(model), family)

    def _from_quadratic(self, function: Quadratic, family: str) -> Any:
        found = self._fitted(function)
        if family == "quadratics":
            return [found]
        if family == "pseudo-boolean":
            return PseudoBoolean(found)
        if family == "matrix":
            shape = (found.n, found.n)
            return Matrix(shape, found.rows, found.columns, found.values)
        if family != "quadratic":
            msg = f"{self.target} has no way to say what a file in {self.source} holds"
            raise ValueError(msg)
        return found

    def _fitted(self, function: Quadratic) -> Quadratic:
        """Bring a function into the form that the target has, and note how."""
        need = _NEEDS[self.target]
        if need.vartype is not None and function.vartype != need.vartype:
            function = function.converted(need.vartype)
            values = "0 and 1" if need.vartype == "BINARY" else "-1 and +1"
            self.notes.append(f"variables now take the values {values}")
        if need.sense is not None and function.sense != need.sense:
            function = function.turned()
            verb = "minimised" if need.sense == "min" else "maximised"
            self.notes.append(f"the sign is turned: now to be {verb}")
        if function.offset and not need.offset:
            self.notes.append(
                f"the offset {function.offset} is left out: values are lower by it"
            )
            function = replace(function, offset=0)
        return self._labelled(function, need.first)

    def _labelled(self, function: Quadratic, first: int | None) -> Quadratic:
        labels: Sequence[Hashable] = tuple(function.labels)
        if first is None:
            try:
                check_labels(function)
            except ValueError:
                first = 0
            else:
                return function
        whole = [label for label in labels if type(label) is int and label >= 0]
        if first == -1 and len(whole) == len(labels) and whole == sorted(set(whole)):
            return function
        start = max(first, 0)
        wanted = range(start, start + function.n)
        if labels != tuple(wanted):
            last = wanted.stop - 1
            self.notes.append(f"variables are renumbered {start} to {last}, in order")
        return function.relabelled(wanted)


@dataclass(frozen=True)
class _Need:
    """What a format of quadratic functions can say.

    `first` is the first label; -1 for any ascending whole numbers, None for any label.
    """

    vartype: Literal["BINARY", "SPIN"] | None
    sense: Literal["min", "max"] | None
    first: int | None
    offset: bool = False


_NEEDS = {
    "mqlib-qubo": _Need("BINARY", "max", 1),
    "biqmac-qubo": _Need("BINARY", "min", 1),
    "orlib": _Need("BINARY", "max", 1),
    "qbsolv": _Need("BINARY", "min", -1),
    "qplib": _Need("BINARY", None, 1, offset=True),
    "opb": _Need("BINARY", None, 1, offset=True),
    "dimod-file": _Need(None, "min", None, offset=True),
    "dimod-json": _Need(None, "min", None, offset=True),
    "dimod-coo": _Need(None, "min", -1),
    "biqbin": _Need("BINARY", None, 0, offset=True),
    "spin-glass": _Need("SPIN", None, 1),
    "matrix-market": _Need("BINARY", "min", 1),
}
_NEEDS |= {
    name: _Need(None, None, None, offset=True)  # refused later, by its family
    for name in CATALOGUE
    if name not in _NEEDS
}


def _energy(model: IsingModel) -> Quadratic:
    """Return E(m) = -½ mᵀJm - hᵀm + offset as a function of spins."""
    upper = model.J.tocoo()
    once = upper.row < upper.col
    own = np.arange(model.n)
    return Quadratic.from_terms(
        model.labels,
        np.concatenate([upper.row[once], own]),
        np.concatenate([upper.col[once], own]),
        np.concatenate([-upper.data[once], -model.h]),
        model.offset,
        "SPIN",
    )


def _form_of(matrix: Matrix) -> Quadratic:
    """Return xᵀAx, every entry counted once."""
    n = matrix.shape[0]
    if matrix.shape[1] != n:
        msg = f"a quadratic function takes a square matrix, not {matrix.shape}"
        raise ValueError(msg)
    full = matrix.full.tocoo()
    return Quadratic.from_terms(range(1, n + 1), full.row, full.col, full.data)


def _matrix_of(graph: nx.Graph) -> Matrix:
    """Return the lower half of a graph's matrix of weights."""
    edges = EdgeList.from_networkx(graph)
    place = np.array(edges.labels, dtype=np.int64) - 1  # readers name nodes from 1
    one, two = place[edges.rows], place[edges.columns]
    rows, columns = np.maximum(one, two), np.minimum(one, two)
    order = np.lexsort((columns, rows))
    order = order[edges.weights[order] != 0]
    shape = (edges.n, edges.n)
    return Matrix(shape, rows[order], columns[order], edges.weights[order], True)
