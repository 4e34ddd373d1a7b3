"""Devices that fit trajectories: dwell times, and how long a magnet remembers."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from hardware.devices.telegraph import Telegraph
from hardware.devices.transistor_mtj import TransistorMtj
from pbit.checks import Floats


def dwell_times(
    mz: ArrayLike, dt: float, threshold: float = 0.5
) -> tuple[Floats, Floats]:
    """Return dwell times (down, up) in seconds of one trajectory of m_z.

    A switch counts when m_z has gone beyond `threshold` on the other side, so that
    attempts that fall back do not; the first and the last dwell are left out.

    Parameters
    ----------
    mz
        Shape (rows,), `dt` seconds apart.
    dt
        Seconds between rows.
    threshold
        In (0, 1).

    Raises
    ------
    ValueError
        If `mz` is not one trajectory, or the threshold is not in (0, 1).
    """
    path = np.asarray(mz, np.float64)
    if path.ndim != 1:
        msg = f"mz must have shape (rows,), not {path.shape}"
        raise ValueError(msg)
    if not 0 < threshold < 1:
        msg = f"threshold must be in (0, 1), not {threshold!r}"
        raise ValueError(msg)
    beyond = np.flatnonzero(np.abs(path) >= threshold)
    sides = np.sign(path[beyond])
    changes = np.flatnonzero(np.diff(sides)) + 1
    moments, sides = beyond[changes] * dt, sides[changes]
    lasted = np.diff(moments)
    return lasted[sides[:-1] < 0], lasted[sides[:-1] > 0]


def fit_telegraph(mz: ArrayLike, dt: float, *, source: str = "") -> Telegraph:
    """Return the telegraph device whose tau_n is the geometric mean of the dwell times.

    With dwell times tau_n e^{+I} and tau_n e^{-I} that is tau_n whatever the input was.

    Raises
    ------
    ValueError
        If there are fewer than ten dwells of either side.
    """
    down, up = dwell_times(mz, dt)
    if min(down.size, up.size) < 10:
        msg = (
            f"mz must switch more often: {down.size} dwells down and {up.size} up, "
            f"of 10 wanted"
        )
        raise ValueError(msg)
    tau = math.sqrt(float(down.mean()) * float(up.mean()))
    return Telegraph(tau_n=tau, source=source, status="simulated")


def fit_transistor_mtj(
    mz: ArrayLike, dt: float, tau_t: float | str, *, source: str = ""
) -> TransistorMtj:
    """Return the transistor device whose junction remembers as long as m_z does.

    `tau_n` is the integral of the normalised autocorrelation of m_z up to its first
    zero; the transistor's own time constant is not the magnet's to know.

    Raises
    ------
    ValueError
        If `mz` is not one trajectory that is at least ten correlation times long.
    """
    path = np.asarray(mz, np.float64)
    if path.ndim != 1 or path.size < 16:
        msg = f"mz must have shape (rows,), rows >= 16, not {path.shape}"
        raise ValueError(msg)
    tau = correlation_time(path, dt)
    if 10 * tau > dt * path.size:
        msg = (
            f"mz must be longer: {dt * path.size:.3g} s for a correlation time of "
            f"{tau:.3g} s or more"
        )
        raise ValueError(msg)
    return TransistorMtj(
        tau_n=tau,
        tau_t=tau_t,  # type: ignore[arg-type]
        source=source,
        status="simulated",
    )


def correlation_time(path: Floats, dt: float) -> float:
    """Return the integral of a path's autocorrelation up to its first zero, in seconds."""
    centred = path - path.mean()
    power = np.abs(np.fft.rfft(centred, 2 * centred.size)) ** 2
    products = np.fft.irfft(power)[: centred.size]
    share = products / products[0] * centred.size / np.arange(centred.size, 0, -1)
    below = np.flatnonzero(share <= 0)
    end = int(below[0]) if below.size else share.size
    return float(dt * (share[:end].sum() - 0.5))
