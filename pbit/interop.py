"""dimod's own objects, both ways: binary quadratic models and sample sets (extra `dimod`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pbit.conventions import from_dimod, to_dimod
from pbit.model import IsingModel
from pbit.samples import SampleSet

if TYPE_CHECKING:
    import dimod


def to_bqm(model: IsingModel) -> dimod.BinaryQuadraticModel:
    """Return a model as a dimod BQM of spins; energies are the same, signs are turned.

    Raises
    ------
    ImportError
        If dimod is not installed: ``pip install pbitlab[dimod]``.
    """
    return _dimod().BinaryQuadraticModel.from_ising(*to_dimod(model))


def from_bqm(bqm: dimod.BinaryQuadraticModel) -> IsingModel:
    """Return a dimod BQM, of spins or of binary variables, as a model of ±1.

    Parameters
    ----------
    bqm
        Its variables become the labels, in its order.

    Raises
    ------
    ValueError
        If a bias is not finite (dimod accepts such).
    """
    h, J, offset = bqm.to_ising()
    return from_dimod(h, J, float(offset))


def to_dimod_samples(samples: SampleSet) -> dimod.SampleSet:
    """Return samples as dimod has them: one row a kept state, chain after chain.

    Raises
    ------
    ImportError
        If dimod is not installed.
    ValueError
        If the samples have no energies.
    """
    if samples.energies is None:
        msg = "these samples have no energies, and a dimod SampleSet needs them"
        raise ValueError(msg)
    rows = samples.states.reshape(-1, samples.n)
    return _dimod().SampleSet.from_samples(
        (rows, list(samples.labels)),
        vartype="SPIN",
        energy=samples.energies.ravel(),
        info={"pbitlab": dict(samples.info)},
    )


def from_dimod_samples(samples: dimod.SampleSet) -> SampleSet:
    """Return dimod's samples as ours: one chain a row, repeated as often as it occurred.

    Binary samples become ±1; the energies are taken over as they are.
    """
    spins = samples.change_vartype("SPIN", inplace=False)
    times = spins.record.num_occurrences
    states = np.repeat(spins.record.sample, times, axis=0)
    energies = np.repeat(spins.record.energy, times)
    return SampleSet(
        states[:, None, :].astype(np.int8),
        energies[:, None].astype(np.float64),
        tuple(spins.variables),
        {"source": "dimod"},
    )


def _dimod() -> Any:
    try:
        import dimod
    except ImportError as error:
        msg = "this needs dimod: pip install pbitlab[dimod]"
        raise ImportError(msg) from error
    return dimod
