"""Verdicts: what is required of a machine, and whether it was met, by how much, how surely."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from scipy import stats

from hardware.costs import SIGMAS, Figure
from hardware.evaluation.figures import as_plain, plain_number
from hardware.units import UNITS, parse_quantity
from pbit.checks import check_choice

MET, FAILED, OPEN = "meets", "fails", "undecided"

#: Figure -> (unit, whether less is better). What requirements may be about.
METRICS: dict[str, tuple[str, bool]] = {
    "total_variation": ("", True),
    "kl": ("nat", True),
    "beta_error": ("", True),
    "energy_bias": ("", True),
    "updates_per_second": ("Hz", False),
    "flips_per_second": ("Hz", False),
    "sweeps_per_second": ("Hz", False),
    "autocorrelation_time": ("s", True),
    "samples_per_second": ("Hz", False),
    "time_to_solution": ("s", True),
    "success_probability": ("", False),
    "residual_energy": ("", True),
    "power": ("W", True),
    "joules_per_update": ("J", True),
    "joules_per_sample": ("J", True),
    "joules_to_solution": ("J", True),
    "area": ("m^2", True),
    "transistors": ("", True),
}


@dataclass(frozen=True)
class Requirement:
    """A bound on a figure.

    Attributes
    ----------
    metric
        Which figure: a key of `METRICS`.
    limit
        The bound, in the metric's SI unit: at most so much where less is better, at
        least so much where more is. Text with a unit is read, as in designs.
    workload
        Name of the workload that it is about; empty for all that have the figure.

    Raises
    ------
    ValueError
        If there is no such metric, or the limit is no quantity of its unit.

    Examples
    --------
    >>> print(Requirement("time_to_solution", "1 us"))
    time_to_solution at most 1 us
    """

    metric: str
    limit: Any
    workload: str = ""

    def __post_init__(self) -> None:
        """Check at the door."""
        check_choice("metric", self.metric, METRICS)
        unit = METRICS[self.metric][0]
        try:
            limit = parse_quantity(self.limit, unit if unit in UNITS else "s")
        except (TypeError, ValueError) as error:
            msg = f"limit of {self.metric} {error}"
            raise ValueError(msg) from None
        object.__setattr__(self, "limit", limit)

    @property
    def at_most(self) -> bool:
        """Whether less is better."""
        return METRICS[self.metric][1]

    def __str__(self) -> str:
        """Say it in words."""
        from hardware.units import format_quantity

        unit = METRICS[self.metric][0]
        bound = "at most" if self.at_most else "at least"
        shown = (
            format_quantity(self.limit, unit) if unit in UNITS else f"{self.limit:g}"
        )
        where = f" on {self.workload}" if self.workload else ""
        return f"{self.metric} {bound} {shown.strip()}{where}"


#: What every machine has to do, where nothing else is asked: no event's chance is off by
#: more than five points in a hundred, and what it is to solve it solves now and then.
DEFAULT = (
    Requirement("total_variation", 0.05),
    Requirement("success_probability", 0.01),
)


@dataclass(frozen=True)
class Finding:
    """Whether one requirement is met on one workload.

    Attributes
    ----------
    text
        The requirement in words.
    workload
        Where.
    status
        "meets" where the whole interval does, "fails" where none of it does, else
        "undecided".
    figure
        What was found; None where there is no such number, and `reason` says why.
    limit
        The bound.
    margin
        How far inside, relative to the bound; negative outside. NaN without a figure or
        with a bound of 0.
    confidence
        Chance that the status is right: of "undecided", the chance that it is met. A
        normal law through the ends of the interval is assumed.
    reason
        What else there is to say.
    """

    text: str
    workload: str
    status: str
    figure: Figure | None
    limit: float
    margin: float
    confidence: float
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        table = {name: plain_number(value) for name, value in asdict(self).items()}
        return table | {"figure": as_plain(self.figure)}


@dataclass(frozen=True)
class Verdict:
    """All findings together.

    Attributes
    ----------
    status
        "meets" if every requirement is met, "fails" if one fails, else "undecided".
    findings
        One a requirement and workload.
    """

    status: str
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether every requirement is met."""
        return self.status == MET

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "passed": self.passed,
            "status": self.status,
            "findings": [finding.to_dict() for finding in self.findings],
        }


def judge(findings: Iterable[Finding]) -> Verdict:
    """Return the verdict that findings make; of none, "undecided"."""
    found = tuple(findings)
    statuses = {finding.status for finding in found}
    if FAILED in statuses:
        return Verdict(FAILED, found)
    return Verdict(MET if statuses == {MET} else OPEN, found)


def find(requirement: Requirement, workload: str, figure: Figure) -> Finding:
    """Return whether a figure meets a requirement.

    Examples
    --------
    >>> bound = Requirement("total_variation", 0.05)
    >>> seen = Figure(0.02, 0.01, 0.03, "", "simulated", "this run")
    >>> finding = find(bound, "and", seen)
    >>> finding.status, round(finding.margin, 6), finding.confidence > 0.999
    ('meets', 0.6, True)
    """
    limit, sign = requirement.limit, 1.0 if requirement.at_most else -1.0
    if requirement.at_most:
        best, worst = figure.low, figure.high
    else:
        best, worst = figure.high, figure.low
    chance = _chance(figure, limit, requirement.at_most)
    if sign * worst <= sign * limit:
        status, confidence = MET, chance
    elif sign * best > sign * limit:
        status, confidence = FAILED, 1.0 - chance
    else:
        status, confidence = OPEN, chance
    gap = sign * (limit - figure.value)
    margin = gap / abs(limit) if limit else math.nan
    return Finding(
        str(requirement), workload, status, figure, limit, margin, confidence
    )


def lacking(requirement: Requirement, workload: str, reason: str) -> Finding:
    """Return that a requirement cannot be judged, and why."""
    text, limit = str(requirement), requirement.limit
    return Finding(text, workload, OPEN, None, limit, math.nan, math.nan, reason)


def holds(workload: str, excess: Iterable[str]) -> Finding:
    """Return whether a circuit is within the limits that a design declares."""
    over = "; ".join(excess)
    return Finding(
        "within the limits that the design declares",
        workload,
        FAILED if over else MET,
        None,
        math.nan,
        math.nan,
        1.0,
        over,
    )


def read_requirements(
    given: Iterable[Requirement] | Mapping[str, Any] | None,
) -> tuple[Requirement, ...]:
    """Return requirements from a list of them or {metric: limit}; the usual ones of None.

    Raises
    ------
    TypeError, ValueError
        If one is no requirement, or breaks a rule.
    """
    if given is None:
        return DEFAULT
    if isinstance(given, Mapping):
        return tuple(Requirement(metric, limit) for metric, limit in given.items())
    found = tuple(given)
    for entry in found:
        checked: Any = entry
        if not isinstance(checked, Requirement):
            msg = f"requirements must be Requirements, not {entry!r}"
            raise TypeError(msg)
    return found


def _chance(figure: Figure, limit: float, at_most: bool) -> float:
    """Return the chance that the truth is within the bound."""
    value, inside = figure.value, figure.value <= limit
    if math.isinf(value) or math.isinf(limit):
        return float(inside == at_most)
    end = figure.high if inside else figure.low
    spread = abs(end - value) / SIGMAS
    if math.isinf(spread):
        below = 0.5
    elif spread == 0.0:
        below = float(inside)
    else:
        below = float(stats.norm.cdf((limit - value) / spread))
    return below if at_most else 1.0 - below
