"""A dimod sampler: what is written for D-Wave's tools runs on p-bits (extra `dimod`)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pbit import schedules
from pbit.checks import Floats, States, check_choice, check_count
from pbit.conventions import binary_to_spin, spin_to_binary
from pbit.interop import from_bqm
from pbit.model import IsingModel
from pbit.samplers.annealing import anneal
from pbit.samplers.gibbs import sample
from pbit.samplers.tempering import temper
from pbit.samples import SampleSet

try:
    import dimod
except ImportError as error:
    msg = "pbit.PbitSampler needs dimod: pip install pbitlab[dimod]"
    raise ImportError(msg) from error

METHODS = ("anneal", "sample", "temper")
SCHEDULES = ("geometric", "linear", "custom")
ORDERS = ("sequential", "random", "chromatic")


class PbitSampler(dimod.Sampler, dimod.Initialized):  # type: ignore[misc]
    """Samples dimod's binary quadratic models with p-bits.

    A read is a chain of its own: it starts from a random state and ends after
    `num_sweeps` sweeps, as with dimod's other samplers. Variables may be spins or binary.

    Attributes
    ----------
    parameters
        Keywords of `sample`, and for each the properties that concern it.
    properties
        What the keywords may be.

    Examples
    --------
    >>> import pbit
    >>> sampler = pbit.PbitSampler()
    >>> J = {("a", "b"): 1.0, ("b", "c"): 1.0, ("a", "c"): 1.0}
    >>> float(sampler.sample_ising({}, J, num_reads=10, seed=1).first.energy)
    -1.0
    """

    def __init__(self) -> None:
        self._parameters: dict[str, list[str]] = {
            "method": ["methods"],
            "num_reads": [],
            "num_sweeps": [],
            "beta": [],
            "beta_range": [],
            "beta_schedule_type": ["beta_schedule_options"],
            "beta_schedule": [],
            "initial_states": [],
            "initial_states_generator": ["initial_states_generators"],
            "order": ["orders"],
            "seed": [],
            "n_threads": [],
            "time_limit": [],
        }
        self._properties: dict[str, Any] = {
            "methods": METHODS,
            "beta_schedule_options": SCHEDULES,
            "initial_states_generators": ("none", "tile", "random"),
            "orders": ORDERS,
        }

    @property
    def parameters(self) -> dict[str, list[str]]:
        """Keywords that the sampling methods take."""
        return self._parameters

    @property
    def properties(self) -> dict[str, Any]:
        """Values that the keywords may have."""
        return self._properties

    def sample(
        self,
        bqm: dimod.BinaryQuadraticModel,
        *,
        method: str = "anneal",
        num_reads: int | None = None,
        num_sweeps: int | None = None,
        beta: float | None = None,
        beta_range: Sequence[float] | None = None,
        beta_schedule_type: str = "geometric",
        beta_schedule: ArrayLike | None = None,
        initial_states: Any = None,
        initial_states_generator: str = "random",
        order: str = "sequential",
        seed: int | None = None,
        n_threads: int | None = None,
        time_limit: float | None = None,
        **kwargs: Any,
    ) -> dimod.SampleSet:
        """Sample a binary quadratic model, one row a read.

        Parameters
        ----------
        bqm
            The model.
        method
            "anneal" (:func:`pbit.anneal`: the lowest state that each chain came by),
            "sample" (:func:`pbit.sample`: the state of each chain after `num_sweeps`
            sweeps at `beta`, a Boltzmann sample if the chains have mixed by then) or
            "temper" (:func:`pbit.temper`: the lowest state of each ladder of replicas).
        num_reads
            Number of chains or ladders; that of the initial states by default, else 1.
        num_sweeps
            Sweeps of each chain; 1000 by default, or the length of the schedule.
        beta
            Inverse temperature of "sample"; 1 by default. dimod's energies count.
        beta_range
            First and last inverse temperature of "anneal"; without it the schedule of
            :func:`pbit.schedules.from_model` is used.
        beta_schedule_type
            How the betas get from one to the other: "geometric", "linear", or "custom"
            for those of `beta_schedule`.
        beta_schedule
            The beta of every sweep; with "temper" the ladder, which rises.
        initial_states, initial_states_generator
            States to start from, as :class:`dimod.Initialized` takes them; not with
            "temper".
        order
            Order of updates: "sequential", "random" or "chromatic".
        seed
            Seed; the same gives the same samples.
        n_threads
            Threads over reads; all cores by default.
        time_limit
            Seconds after which to return what is there.
        **kwargs
            Not known: each is ignored with a `dimod.exceptions.SamplerUnknownArgWarning`.

        Returns
        -------
        dimod.SampleSet
            In the model's own vartype; ``info`` holds the betas used, the times it took
            in seconds and, under "pbitlab", how the samples were made.

        Raises
        ------
        TypeError, ValueError
            If an argument breaks a rule above, or a bias is not finite.
        """
        self.remove_unknown_kwargs(**kwargs)
        check_choice("method", method, METHODS)
        if method == "temper" and initial_states is not None:
            msg = 'initial_states must not be given with method="temper"'
            raise ValueError(msg)
        started = time.perf_counter()
        reads, initial = self._starts(
            bqm, num_reads, initial_states, initial_states_generator, seed
        )
        betas = _betas(
            method, beta, beta_range, beta_schedule_type, beta_schedule, num_sweeps
        )
        model = from_bqm(bqm)
        ready = time.perf_counter()
        options: dict[str, Any] = {
            "n_chains": reads,
            "order": order,
            "initial": initial,
            "rng": seed,
            "n_threads": n_threads,
            "time_limit": time_limit,
        }
        samples = _run(method, model, betas, num_sweeps, options)
        done = time.perf_counter()
        info = {
            "method": method,
            "pbitlab": dict(samples.info),
            "timing": {"preprocessing": ready - started, "sampling": done - ready},
        }
        if method == "anneal":
            info["beta_range"] = [
                samples.info["schedule"][k] for k in ("first", "last")
            ]
            info["beta_schedule_type"] = (
                "custom" if beta_schedule is not None else beta_schedule_type
            )
        return _as_dimod(samples, bqm, info)

    def _starts(
        self,
        bqm: dimod.BinaryQuadraticModel,
        num_reads: int | None,
        initial_states: Any,
        generator: str,
        seed: int | None,
    ) -> tuple[int, States | None]:
        """Return the number of reads and the states to start from, None for random ones."""
        if initial_states is None and generator == "random":
            return (
                1 if num_reads is None else check_count("num_reads", num_reads)
            ), None
        # Its own generator takes 32 bits; ours has made other draws of the same seed.
        word = None if seed is None else _first_word(seed)
        parsed = self.parse_initial_states(
            bqm,
            initial_states=initial_states,
            initial_states_generator=generator,
            num_reads=num_reads,
            seed=word,
        )
        given = parsed.initial_states
        columns = [given.variables.index(v) for v in bqm.variables]
        states = np.asarray(given.record.sample)[:, columns]
        spins = binary_to_spin(states) if bqm.vartype is dimod.BINARY else states
        return int(parsed.num_reads), spins.astype(np.int8)


def _betas(
    method: str,
    beta: float | None,
    beta_range: Sequence[float] | None,
    kind: str,
    schedule: ArrayLike | None,
    num_sweeps: int | None,
) -> float | Floats | None:
    """Return one beta to sample at, a schedule, or None for the model's own."""
    check_choice("beta_schedule_type", kind, SCHEDULES)
    if num_sweeps is not None:
        check_count("num_sweeps", num_sweeps)
    if method == "sample":
        if beta_range is not None or schedule is not None:
            msg = 'beta_range and beta_schedule are not for method="sample": give beta'
            raise ValueError(msg)
        return 1.0 if beta is None else beta
    if beta is not None:
        msg = f'beta is for method="sample"; {method!r} takes beta_schedule'
        raise ValueError(msg)
    if kind == "custom" and schedule is None:
        msg = 'beta_schedule must be given where beta_schedule_type is "custom"'
        raise ValueError(msg)
    if method == "temper":
        if beta_range is not None:
            msg = 'beta_range is for method="anneal"; give the ladder as beta_schedule'
            raise ValueError(msg)
        return None if schedule is None else np.asarray(schedule)
    if schedule is not None:
        if beta_range is not None:
            msg = "beta_range and beta_schedule must not both be given"
            raise ValueError(msg)
        betas = np.asarray(schedule)
        return schedules.check_schedule(betas, num_sweeps or max(1, betas.size))
    if beta_range is None:
        return None
    if len(beta_range) != 2:
        msg = f"beta_range must be two numbers, not {beta_range!r}"
        raise ValueError(msg)
    shape = schedules.linear if kind == "linear" else schedules.geometric
    return shape(beta_range[0], beta_range[1], num_sweeps or 1000)


def _run(
    method: str,
    model: IsingModel,
    betas: float | Floats | None,
    num_sweeps: int | None,
    options: dict[str, Any],
) -> SampleSet:
    if method == "anneal":
        sweeps = betas.size if isinstance(betas, np.ndarray) else num_sweeps or 1000
        return anneal(model, betas, n_sweeps=sweeps, **options)
    sweeps = num_sweeps or 1000
    if method == "temper":
        reads, initial = options.pop("n_chains"), options.pop("initial")
        return temper(
            model, betas, n_ladders=reads, n_sweeps=sweeps, initial=initial, **options
        ).solutions
    assert isinstance(betas, float | int)  # noqa: S101 - _betas has made it one
    return sample(model, betas, n_sweeps=1, n_warmup=sweeps - 1, **options)


def _as_dimod(
    samples: SampleSet, bqm: dimod.BinaryQuadraticModel, info: dict[str, Any]
) -> dimod.SampleSet:
    """Return samples in the model's vartype, with the energies that it gives them."""
    states = samples.states[:, -1, :]
    if bqm.vartype is dimod.BINARY:
        rows: Any = spin_to_binary(states).astype(np.int8)
    else:
        rows = states
    labels = list(bqm.variables)
    return dimod.SampleSet.from_samples_bqm(
        (rows, labels), bqm, info=info, sort_labels=False
    )


def _first_word(seed: int) -> int:
    sequence = np.random.SeedSequence(check_count("seed", seed, 0))
    return int(sequence.generate_state(1, np.uint32)[0])
