"""Tests of laws that state how often they would be wrong, and what they would miss."""

from __future__ import annotations

import numpy as np
from scipy import stats

FALSE_ALARM = 1e-6
LEAST_EXPECTED = (
    25  # draws a cell; rarer states share one, for the tail to be chi-square
)


def pool(expected):
    """The cell of each state: its own, or one that all the rare ones share."""
    common = expected >= LEAST_EXPECTED
    assert common.any(), "too few draws to tell anything of any state"
    cells = np.cumsum(common) - 1
    cells[~common] = cells[-1] + 1
    if expected[~common].sum() < LEAST_EXPECTED:
        cells[~common] = cells[np.flatnonzero(common)[expected[common].argmin()]]
    return cells


def law_p_value(counts, law):
    """Chi-square p-value of counts of independent draws against a law.

    Where the law says never and a draw says otherwise, it is 0.
    """
    counts, law = np.asarray(counts), np.asarray(law)
    if counts[law == 0].any():
        return 0.0
    expected = counts.sum() * law
    cells = pool(expected)
    seen, awaited = np.bincount(cells, counts), np.bincount(cells, expected)
    if seen.size < 2:
        return 1.0
    return float(stats.chi2.sf(((seen - awaited) ** 2 / awaited).sum(), seen.size - 1))


def law_power(n_draws, law, other, false_alarm=FALSE_ALARM):
    """Chance that the test of `law` objects to this many draws of `other`."""
    expected = n_draws * np.asarray(law)
    cells = pool(expected)
    awaited = np.bincount(cells, expected)
    off = np.bincount(cells, n_draws * np.asarray(other)) - awaited
    limit = stats.chi2.isf(false_alarm, awaited.size - 1)
    return float(stats.ncx2.sf(limit, awaited.size - 1, (off**2 / awaited).sum()))


def assert_law(counts, law, false_alarm=FALSE_ALARM):
    """Object if counts of independent draws do not look like this law."""
    p = law_p_value(counts, law)
    assert p > false_alarm, f"p = {p:.3g} against the law, below {false_alarm:g}"


def assert_chance(hits, n_draws, chance, false_alarm=FALSE_ALARM):
    """Object if this many hits in independent draws do not look like this chance."""
    p = stats.binomtest(int(hits), int(n_draws), chance).pvalue
    assert p > false_alarm, f"{hits} of {n_draws} against {chance}: p = {p:.3g}"


def margin(n_draws, false_alarm=FALSE_ALARM):
    """How far a mean of draws in [0, 1] may be from the truth (Hoeffding 1963)."""
    return float(np.sqrt(np.log(2.0 / false_alarm) / (2.0 * n_draws)))
