"""Compilers called by name with checked options, and programs of quadratic functions."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from compilers.formats.quadratic import Quadratic
from compilers.program import Problem, Program
from pbit.model import IsingModel


def compiler(module: str, name: str | None = None) -> Callable[..., Program]:
    """Return a compiler of ``compilers.problems``."""
    found: Callable[..., Program] = getattr(
        importlib.import_module(f"compilers.problems.{module}"), name or module
    )
    return found


def call(function: Callable[..., Program], *data: Any, **options: Any) -> Program:
    """Call a compiler, after a look at whether it takes the options.

    Raises
    ------
    TypeError
        If it does not take one, or one that it needs is missing.
    """
    return function(*data, **known_options(function, options, skip=len(data)))


def known_options(
    function: Callable[..., Any], options: dict[str, Any], skip: int
) -> dict[str, Any]:
    """Return options that a function takes after its first `skip` arguments."""
    parameters = inspect.signature(function).parameters
    several = inspect.Parameter.VAR_POSITIONAL  # more files, say: no option
    open_ones = [p.name for p in list(parameters.values())[skip:] if p.kind != several]
    for name in options:
        if name not in open_ones:
            known = ", ".join(open_ones) or "none"
            msg = f"{function.__name__} has no option {name!r}; it has: {known}"
            raise TypeError(msg)
    for name in open_ones:
        if parameters[name].default is inspect.Parameter.empty and name not in options:
            msg = f"{function.__name__} needs the option {name}: load(path, {name}=...)"
            raise TypeError(msg)
    return options


def on_quadratic(function: Quadratic, **options: Any) -> Program:
    """Compile the optimum of a quadratic function."""
    if function.vartype == "SPIN":
        return _on_spins(function, **options)
    program = call(
        compiler("qubo"),
        function.upper,
        offset=float(function.offset),
        sense=function.sense,
        labels=function.labels,
        **options,
    )
    return _measured(program, function)


def _on_spins(function: Quadratic, **options: Any) -> Program:
    sign = -1.0 if function.sense == "min" else 1.0  # E = -½ mᵀJm - hᵀm
    pairs = function.upper * sign
    pairs.setdiag(0)
    pairs.eliminate_zeros()
    program = call(
        compiler("spin_glass"),
        pairs + pairs.T,
        h=sign * function.linear,
        labels=function.labels,
        **options,
    )
    if function.offset:
        shift = -sign * float(function.offset)
        model = program.model
        assert isinstance(model, IsingModel)  # noqa: S101 - spin_glass makes no other
        model = IsingModel(model.J, model.h, model.offset + shift, model.labels)
        problem = Shifted(program.problem, shift)
        program = Program(model, problem, program.provenance)
    return _measured(program, function)


def _measured(program: Program, function: Quadratic) -> Program:
    values = function.values
    record: dict[str, Any] = {
        **program.provenance,
        "n": function.n,
        "m": len(values),
        "weights": [values.min().item(), values.max().item()] if len(values) else None,
        "offset": function.offset,
    }
    return Program(program.model, program.problem, record, program.buses)


@dataclass(frozen=True)
class Shifted:
    """A problem whose objective has a constant added."""

    problem: Problem
    shift: float

    @property
    def sense(self) -> Any:
        """As the problem's."""
        return self.problem.sense

    def decode(self, state: Any) -> Any:
        """Return what the problem reads from a state."""
        return self.problem.decode(state)

    def check(self, solution: Any) -> bool:
        """Say what the problem says of a solution."""
        return self.problem.check(solution)

    def objective(self, solution: Any) -> float:
        """Return the problem's value plus the constant."""
        return self.problem.objective(solution) + self.shift
