"""Published projections and comparisons as models with parameters, to be run and changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scipy import optimize

from hardware.costs import Figure
from hardware.design import Design, load_design
from hardware.devices import Ideal, Telegraph
from hardware.synapses import Delay
from pbit.checks import check_choice, check_count, check_positive

SUTTON = "Sutton et al. (2020), arXiv 1907.09664"
AADIT = "Aadit et al., Nat. Electron. 5, 460 (2022)"
SINGH = "Singh et al., Nat. Commun. 15, 2685 (2024)"
#: What Singh et al. state: simulated with a 7 nm design kit.
SINGH_RATIO, SINGH_TRANSISTORS = 100.0, 10_000.0


@dataclass(frozen=True)
class AutonomousProjection:
    r"""An autonomous machine as it is projected: N p-bits, one flip each every tau_N.

    Attributes
    ----------
    pbits
        N, 10^6.
    tau_n, tau_s
        Seconds of a p-bit's dwell time at zero input, and of a synapse.
    power_per_pbit
        Watts.

    References
    ----------
    Sutton et al. (2020), arXiv 1907.09664: a million magnets of 1 ns in about 20 W. The
    figures are attributed to it and not traced to its text.

    Examples
    --------
    >>> projected = AutonomousProjection()
    >>> print(projected.flips_per_second.value, projected.power.value)
    1e+15 20.0
    """

    pbits: int = 1_000_000
    tau_n: float = 1e-9
    tau_s: float = 1e-11
    power_per_pbit: float = 20e-6

    def __post_init__(self) -> None:
        """Check at the door."""
        check_count("pbits", self.pbits)
        for name in ("tau_n", "tau_s", "power_per_pbit"):
            check_positive(name, getattr(self, name))

    @property
    def flips_per_second(self) -> Figure:
        """N / tau_N: flips at zero input, or updates of ideal p-bits."""
        return self._said(self.pbits / self.tau_n, "Hz")

    @property
    def power(self) -> Figure:
        """Watts of all p-bits."""
        return self._said(self.pbits * self.power_per_pbit, "W")

    @property
    def joules_per_flip(self) -> Figure:
        """Power over flips a second."""
        return self._said(self.power_per_pbit * self.tau_n, "J")

    @property
    def ratio(self) -> float:
        """tau_S / tau_N, which has to be small for updates to be informed."""
        return self.tau_s / self.tau_n

    def is_informed(self, coupling: float = 1.0, tolerance: float = 0.01) -> bool:
        """Return whether two coupled p-bits are within a distance from Boltzmann."""
        return self.ratio <= largest_ratio(coupling, tolerance)

    def design(self, kind: str = "telegraph") -> Design:
        """Return the machine, of telegraph or of ideal p-bits.

        Raises
        ------
        ValueError
            If the kind is another.
        """
        check_choice("kind", kind, ("telegraph", "ideal"))
        made = Telegraph if kind == "telegraph" else Ideal
        device = made(tau_n=self.tau_n, source=SUTTON, status="projected")
        return Design(
            name=f"autonomous-{kind}",
            device=device,
            synapse=Delay(tau_s=self.tau_s, status="assumed"),
        )

    @staticmethod
    def _said(value: float, unit: str) -> Figure:
        return Figure(value, value, value, unit, "projected", SUTTON)


def delayed_correlation(coupling: float, ratio: float) -> float:
    r"""Return <m1 m2> of two ideal p-bits without bias that read states of age tau_S.

    .. math:: \langle m_1 m_2 \rangle = \frac{2 a (1 + k) e^{-k x}}
              {(1 + k)^2 + a^2 e^{-2 k x}}, \qquad a = \tanh J,\ k = \sqrt{1 - a^2}

    with :math:`x = \tau_S / \tau_N`; J is in units of the temperature.

    Examples
    --------
    >>> round(delayed_correlation(1.0, 0.1), 5)
    0.72941
    """
    a = math.tanh(coupling)
    k = math.sqrt(1 - a * a)
    fading = math.exp(-k * ratio)
    return 2 * a * (1 + k) * fading / ((1 + k) ** 2 + (a * fading) ** 2)


def delayed_distance(coupling: float, ratio: float) -> float:
    """Return the total variation of such a pair from Boltzmann's law."""
    return abs(delayed_correlation(coupling, ratio) - math.tanh(coupling)) / 2


def largest_ratio(coupling: float = 1.0, tolerance: float = 0.01) -> float:
    """Return the tau_S / tau_N up to which a pair is within a distance from Boltzmann.

    The published condition is tau_S << tau_N; here it is a number. It is infinite where
    no delay takes the pair so far.

    Raises
    ------
    ValueError
        If the coupling or the tolerance is not positive.

    Examples
    --------
    >>> round(largest_ratio(1.0, 0.01), 4)
    0.0623
    """
    check_positive("coupling", coupling)
    check_positive("tolerance", tolerance)
    if tolerance >= math.tanh(coupling) / 2:
        return math.inf
    high = 1.0
    while delayed_distance(coupling, high) < tolerance:
        high *= 2

    def excess(ratio: float) -> float:
        return delayed_distance(coupling, ratio) - tolerance

    return float(optimize.brentq(excess, 0.0, high, xtol=1e-12))


@dataclass(frozen=True)
class ClockedRate:
    """Updates a second of a clocked machine of N p-bits.

    Attributes
    ----------
    pbits, clock_hz
        N and f.
    colors
        Clock phases. Where `serial`, one colour a tick of `clock_hz`: N f / colours.
        Else there is a phase-shifted clock of `clock_hz` for each: N f.
    serial
        Whether colours take turns on one clock.
    probability
        Chance of a p-bit to update at its tick, as in masked machines.

    References
    ----------
    Aadit et al., Nat. Electron. 5, 460 (2022): updates a second grow linearly with N.

    Examples
    --------
    >>> ClockedRate(50_653, 15e6, colors=3).updates_per_second
    759795000000.0
    >>> ClockedRate(50_653, 45e6, colors=3, serial=True).updates_per_second
    759795000000.0
    """

    pbits: int
    clock_hz: float
    colors: int = 1
    serial: bool = False
    probability: float = 1.0

    def __post_init__(self) -> None:
        """Check at the door."""
        check_count("pbits", self.pbits)
        check_count("colors", self.colors)
        check_positive("clock_hz", self.clock_hz)
        check_positive("probability", self.probability)

    @property
    def updates_per_second(self) -> float:
        """Of the whole machine; what papers call flips."""
        turns = self.colors if self.serial else 1
        return self.pbits * self.clock_hz * self.probability / turns


@dataclass(frozen=True)
class RateRow:
    """A machine whose rate is published, and the model of it."""

    name: str
    model: ClockedRate
    published: tuple[float, float]
    status: str
    source: str

    @property
    def ratio(self) -> float:
        """Model over the nearer end of what is published; 1 within."""
        low, high = self.published
        rate = self.model.updates_per_second
        return rate / min(max(rate, low), high)


#: Machines with a published rate beside what the model makes of their size and clock.
RATES = (
    RateRow(
        "sparse Ising machine, six boards",
        ClockedRate(50_653, 15e6, colors=3),
        (7.6e11, 9.0e11),
        "measured",
        "navidaadit/distributed-p-computers: 15 MHz; README: up to 900e9",
    ),
    RateRow(
        "deep Boltzmann machine",
        ClockedRate(4_264, 15e6, colors=4),
        (5.0e10, 6.4e10),
        "measured",
        "Niazi et al., Nat. Electron. 7, 610 (2024)",
    ),
    RateRow(
        "masked machine on a cloud FPGA",
        ClockedRate(8_100, 125e6, probability=0.25),
        (2.5e11, 2.5e11),
        "design",
        "Kaiser, Datta, Appl. Phys. Lett. 119, 150503 (2021): N p f, derived",
    ),
    RateRow(
        "28 nm chips, Pegasus",
        ClockedRate(27_648, 140e6 / 128, colors=4),
        (3.024e10, 3.024e10),
        "measured",
        "secondary: arXiv 2609.07907: at most, 140 MHz",
    ),
)


@dataclass(frozen=True)
class EnergyRow:
    """What an update costs by a design's file, and how much more than by another's."""

    design: str
    per_update: Figure
    ratio: Figure


def compare_energy(
    designs: Sequence[str | Design], reference: str | Design = "smtj-finfet"
) -> list[EnergyRow]:
    """Return joules an update of designs, and their ratios to a reference.

    It is the comparison of Singh et al. (2024) with the figures of the design files:
    there a p-bit of CMOS takes about 100 times the energy of one with a stochastic
    junction, which replaces up to 10,000 transistors.

    Parameters
    ----------
    designs
        As :func:`hardware.load_design` takes them.
    reference
        What they are divided by.

    Raises
    ------
    DesignError
        If a design breaks a rule.
    ValueError
        If a design has no figure of an update's energy.

    Examples
    --------
    >>> row, = compare_energy(["pegasus-asic-28nm"])
    >>> round(row.ratio.value)
    60
    """
    base = _per_update(load_design(reference))
    rows = []
    for entry in designs:
        design = load_design(entry)
        each = _per_update(design)
        low = each.low / base.high
        high = each.high / base.low if base.low else math.inf
        ratio = replace(
            each,
            value=each.value / base.value,
            low=low,
            high=high,
            unit="",
            source=f"{each.source}; over {base.source}",
        )
        rows.append(EnergyRow(design.name, each, ratio))
    return rows


def _per_update(design: Design) -> Figure:
    energy = design.energy
    if energy is None or energy.per_update == 0.0:
        msg = f"design {design.name!r} must say energy.per_update"
        raise ValueError(msg)
    value, spread = energy.per_update, energy.uncertainty
    ends = (max(value * (1 - spread), 0.0), value * (1 + spread))
    return Figure(value, *ends, "J", energy.status or "unknown", energy.source)
