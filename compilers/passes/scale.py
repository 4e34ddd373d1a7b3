"""All couplings and biases times one factor."""

from __future__ import annotations

import numpy as np

from compilers.passes.passed import Passed, Way, as_pass, ising, passed
from compilers.program import Program
from pbit.checks import check_nonnegative
from pbit.model import IsingModel


@as_pass
def scale(
    program: Program, factor: float | None = None, *, largest: float | None = None
) -> Passed:
    """Multiply couplings, biases and offset by one factor above 0.

    Exact: the states keep their order, and at beta / factor their probabilities, up to
    the rounding of each product (none if the factor is a power of two).

    Parameters
    ----------
    program
        With an :class:`pbit.IsingModel`.
    factor
        The factor itself, or else
    largest
        the magnitude that the largest coupling or bias is to have.

    Raises
    ------
    TypeError, ValueError
        If none or both of them are given, one is not above 0 and finite, or the model
        has no weight to scale.

    Examples
    --------
    >>> import compilers
    >>> program = scale(compilers.gate("AND"), largest=1.0)
    >>> program.provenance["passes"][-1]["energy_factor"]
    0.5
    """
    model = ising(program, "scale")
    if (factor is None) == (largest is None):
        msg = f"scale needs a factor or the largest weight, not {factor!r} and {largest!r}"
        raise TypeError(msg)
    name, given = ("factor", factor) if largest is None else ("largest", largest)
    value = check_nonnegative(name, given)
    if value == 0:
        msg = f"{name} must be above 0, not 0"
        raise ValueError(msg)
    if largest is not None:
        top = largest_weight(model)
        if top == 0:
            msg = (
                "a model without couplings and biases cannot be scaled to a largest one"
            )
            raise ValueError(msg)
        value /= top
    return passed(
        program,
        "scale",
        scaled(model, value),
        Way(np.arange(model.n)),
        {},
        exact=True,
        keeps="ground states; the distribution, at beta / energy_factor",
        factor=value,
    )


def largest_weight(model: IsingModel) -> float:
    """Return the largest magnitude of a coupling or bias; 0 if there is none."""
    top = max(np.abs(model.J.data).max(initial=0), np.abs(model.h).max(initial=0))
    return float(top)


def scaled(model: IsingModel, factor: float) -> IsingModel:
    """Return the model with everything multiplied."""
    return IsingModel(
        model.J * factor, model.h * factor, model.offset * factor, model.labels
    )
