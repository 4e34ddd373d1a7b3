"""Searches that learn from what comes out, by Optuna (extra `explore`).

Trials are asked for and told in batches of a fixed size and in the order of their numbers,
so a search with a seed takes the same course with any number of workers, and the same
again where it goes on from a store.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from hardware.explore.axes import Axis
from hardware.explore.measure import Values
from hardware.explore.plans import Settings

BATCH = 8  # trials that know nothing of each other


class Search:
    """A multi-objective search by tree-structured Parzen estimators.

    Parameters
    ----------
    axes
        What may be varied; numbers in a list are taken as ordered, text is not.
    goals
        Metric -> (unit, whether less is better).
    seed
        Of the search.

    Raises
    ------
    ImportError
        If Optuna is not installed.

    References
    ----------
    Bergstra et al., NeurIPS 24 (2011); Ozaki et al., GECCO (2020); Akiba et al., KDD
    (2019).
    """

    def __init__(
        self,
        axes: Sequence[Axis],
        goals: Mapping[str, tuple[str, bool]],
        seed: np.random.SeedSequence,
    ) -> None:
        try:
            import optuna
        except ImportError as error:
            msg = "method='optuna' needs Optuna: pip install pbitlab[explore]"
            raise ImportError(msg) from error
        self.axes, self.metrics = axes, list(goals)
        self.failed = optuna.trial.TrialState.FAIL
        number = int(seed.generate_state(1, np.uint32)[0])
        with _quiet(optuna):
            self.study = optuna.create_study(
                directions=[
                    "minimize" if less else "maximize" for _, less in goals.values()
                ],
                sampler=optuna.samplers.TPESampler(seed=number),
            )
        self.trials: list[Any] = []

    def ask(self, count: int) -> list[Settings]:
        """Return the settings of the next trials."""
        self.trials = [self.study.ask() for _ in range(count)]
        return [
            {axis.entry: _suggest(trial, axis) for axis in self.axes}
            for trial in self.trials
        ]

    def tell(self, outcomes: Sequence[Values]) -> None:
        """Say what the trials asked for came to; those without a figure have failed."""
        for trial, values in zip(self.trials, outcomes, strict=True):
            found = [values.get(name) for name in self.metrics]
            numbers = [math.nan if triple is None else triple[0] for triple in found]
            if any(math.isnan(number) for number in numbers):
                self.study.tell(trial, state=self.failed)
            else:
                self.study.tell(trial, numbers)


def _suggest(trial: Any, axis: Axis) -> Any:
    if axis.values and axis.numeric:
        return axis.values[trial.suggest_int(axis.entry, 0, len(axis.values) - 1)]
    if axis.values:
        places = list(range(len(axis.values)))
        return axis.values[trial.suggest_categorical(axis.entry, places)]
    if axis.whole:
        low, high = int(axis.low), int(axis.high)
        return trial.suggest_int(axis.entry, low, high, log=axis.log)
    return axis.settle(
        trial.suggest_float(axis.entry, axis.low, axis.high, log=axis.log)
    )


@contextmanager
def _quiet(optuna: Any) -> Iterator[None]:
    """Keep Optuna from announcing a study on standard error."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
