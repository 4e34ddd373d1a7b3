"""Figures in words: a value with its unit, its interval, how it is known and from where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hardware.units import format_quantity

DIGITS = 3
MOST_DIGITS = 6  # until the ends of a narrow interval differ
MINUS = "\N{MINUS SIGN}"
INFINITE = "\N{INFINITY}"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

#: Figure -> what a reader calls it.
LABELS = {
    "total_variation": "total variation from Boltzmann",
    "observed": "observed distance, with noise",
    "floor": "noise floor of that",
    "kl": "KL divergence from Boltzmann",
    "beta": "effective inverse temperature",
    "beta_error": "error of the inverse temperature",
    "energy_bias": "bias of the mean energy",
    "correlation_bias": "largest bias of a correlation",
    "effective_samples": "effective samples behind it",
    "updates_per_second": "updates",
    "flips_per_second": "flips",
    "sweeps_per_second": "sweeps",
    "seconds_per_sweep": "time of a sweep",
    "autocorrelation_time": "autocorrelation time",
    "samples_per_second": "independent samples",
    "time_to_solution": "time to solution (99 %)",
    "run_time": "best run length",
    "success_probability": "success of such a run",
    "best_energy": "lowest energy found",
    "residual_energy": "energy above the optimum, a p-bit",
    "residual_exponent": "exponent of its fall",
    "utilisation": "utilisation",
    "power": "power",
    "joules_per_update": "energy an update",
    "joules_per_flip": "energy a flip",
    "joules_per_sample": "energy an independent sample",
    "joules_to_solution": "energy to solution",
    "area": "area",
    "transistors": "transistors",
    "link_rounds_per_sweep": "rounds of links a sweep (η)",
    "physical_pbits": "physical p-bits",
    "learned_kl": "KL divergence of what was learned",
    "learned_kl_elsewhere": "the same weights in an ideal machine",
    "learned_best": "the best of exact training",
}
#: Causes of a split, as a designer calls them.
CAUSES = {
    "weights": "weight bits",
    "array": "crossbar",
    "noise": "noise source",
    "memory": "memory of p-bits",
}


def label(name: str) -> str:
    """Return what a reader calls a figure, by its name.

    Examples
    --------
    >>> label("power.static"), label("kl_mean")
    ('power, static', 'kl mean')
    """
    head, dot, tail = name.partition(".")
    text = LABELS.get(head, head.replace("_", " "))
    return f"{text}, {tail.replace('_', ' ')}" if dot else text


def cause(name: str) -> str:
    """Return what a designer calls a cause."""
    return CAUSES.get(name, name.replace("_", " "))


def amount(value: float | None, unit: str = "", digits: int = DIGITS) -> str:
    """Return a number with its unit, for people.

    Examples
    --------
    >>> amount(1.5e-9, "s"), amount(4e8, "Hz"), amount(0.0123), amount(3e-12, "m^2")
    ('1.5 ns', '400 M/s', '0.0123', '3 µm²')
    >>> amount(-2.5e-7), amount(None)
    ('−2.5 × 10⁻⁷', '∞')
    """
    if value is None:
        return INFINITE
    if unit == "m^2":
        value, unit = (value * 1e6, "mm²") if value >= 1e-7 else (value * 1e12, "µm²")
    if unit in ("", "nat", "mm²", "µm²", "ticks"):
        text = f"{_plain(value, digits)} {unit}"
    else:
        text = format_quantity(value, {"Hz": "/s"}.get(unit, unit), digits)
        number, space, symbol = text.partition(" ")
        text = f"{number}{space}{symbol.replace('u', 'µ', 1)}"
    return text.strip().replace("-", MINUS)


def _plain(value: float, digits: int) -> str:
    """Return a number without prefixes, with a power of ten where zeros would be many."""
    if float(value).is_integer() and abs(value) < 1e6:
        return f"{value:.0f}"  # counts are not rounded
    if value and not 1e-3 <= abs(value) < 1e6:
        mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
        short = f"{float(mantissa):g}"
        return f"{short} × 10{str(int(power)).translate(_RAISED)}"
    text = f"{value:.{digits}g}"
    return text if "e" not in text else f"{float(text):.0f}"


def value(figure: Mapping[str, Any] | None) -> str:
    """Return a figure's value in words; where it has none, what is known of it.

    Examples
    --------
    >>> value({"value": None, "low": 2e-6, "high": None, "unit": "s"})
    'over 2 µs'
    """
    if figure is None:
        return "not known"
    if figure["value"] is not None:
        return amount(figure["value"], figure["unit"])
    if figure["low"] is not None:
        return f"over {amount(figure['low'], figure['unit'])}"
    return "not defined"


def interval(figure: Mapping[str, Any] | None) -> str:
    """Return the ends of a figure's interval; or that they are one.

    Examples
    --------
    >>> interval({"value": 0.4361, "low": 0.43601, "high": 0.43622, "unit": ""})
    '0.436 to 0.4362'
    >>> interval({"value": 2.0, "low": 2.0, "high": 2.0, "unit": "Hz"})
    'none stated'
    """
    if figure is None or (figure["low"] is None and figure["high"] is None):
        return INTERVAL_OPEN
    low, high, unit = figure["low"], figure["high"], figure["unit"]
    if low == high:
        return "no scatter" if figure.get("status") == "simulated" else "none stated"
    ends = "", ""
    for digits in range(DIGITS, MOST_DIGITS + 1):
        ends = amount(low, unit, digits), amount(high, unit, digits)
        if ends[0] != ends[1]:
            break
    first = ends[0] if low is not None else f"{MINUS}{INFINITE}"
    return f"{first} to {ends[1]}"


INTERVAL_OPEN = "unbounded"


def known(figure: Mapping[str, Any] | None) -> str:
    """Return how a figure is known and where it comes from."""
    if figure is None:
        return ""
    return f"{figure['status']}: {figure['source'] or 'no source given'}"


def share(number: float | None) -> str:
    """Return a share in per cent; certainty is never claimed of a chance.

    Examples
    --------
    >>> share(0.5), share(0.99999), share(None)
    ('50 %', 'over 99.9 %', '')
    """
    if number is None:
        return ""
    if number > 0.999:
        return "over 99.9 %"
    return f"{100 * number:.3g} %"


def margin(number: float | None) -> str:
    """Return how far inside a bound, in per cent, or as a factor where that is clearer.

    Examples
    --------
    >>> margin(0.6), margin(-0.25), margin(-7.0), margin(None)
    ('+60 %', '−25 %', '8 times the bound', '')
    """
    if number is None:
        return ""
    if abs(number) > 1:  # at most so much below 0, at least so much above
        return f"{amount(1 + abs(number))} times the bound"
    return f"{100 * number:+.3g} %".replace("-", MINUS)


def entry(item: Mapping[str, Any]) -> str:
    """Return the value of a design's entry with its unit."""
    content, unit = item["value"], item["unit"]
    if isinstance(content, bool) or content is None:
        return {True: "yes", False: "no", None: "none"}[content]
    if isinstance(content, int | float):
        # As design files write it: a clock is in Hz, not in ticks a second.
        return (
            format_quantity(content, unit, 6)
            if unit == "Hz"
            else amount(content, unit, 6)
        )
    if isinstance(content, list | tuple):
        parts = [entry({"value": part, "unit": unit}) for part in content[:8]]
        more = f" … ({len(content)} of them)" if len(content) > len(parts) else ""
        return ", ".join(parts) + more
    if isinstance(content, Mapping):
        return ", ".join(
            f"{k} {entry({'value': v, 'unit': ''})}" for k, v in content.items()
        )
    return str(content)
