"""A low-barrier magnet: the stochastic Landau-Lifshitz-Gilbert equation of one macrospin.

What it gives: trajectories and the sigmoid against a current. :mod:`hardware.fits` finds
the devices that fit them. Everything is in SI units.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from hardware.magnet_kernel import heun
from pbit.checks import Floats, check_count
from pbit.random import RandomState, streams

GYROMAGNETIC = 1.76085963023e11  # rad / (s T), of the electron
MU_0 = 1.25663706212e-6  # T m / A
BOLTZMANN = 1.380649e-23  # J / K
ELEMENTARY_CHARGE = 1.602176634e-19  # C
BOHR_MAGNETON = 9.2740100783e-24  # J / T


@dataclass(frozen=True)
class Magnet:
    r"""A single-domain magnet with uniaxial and demagnetising anisotropy.

    Its moment points along the unit vector m; its energy is

    .. math:: E(m) = -\tfrac{1}{2} \mu_0 M_s V (H_k m_z^2 - H_d m_x^2) - \mu_0 M_s V\, H \cdot m

    so z is the easy axis and x the axis that the shape makes hard: H_d = 0 is a uniaxial
    magnet of barrier :math:`\tfrac12 \mu_0 M_s V H_k`, H_d = M_s and H_k = 0 a circular
    disc whose moment wanders in its plane.

    Attributes
    ----------
    ms : float
        Saturation magnetisation in A/m, > 0.
    volume : float
        In cubic metres, > 0.
    alpha : float
        Gilbert damping, > 0.
    hk, hd : float
        Anisotropy fields of z and of x in A/m, >= 0.
    temperature : float
        In kelvin, >= 0.
    polarization : float
        Of spin currents: a charge current I brings I * polarization of spins.
    gyromagnetic : float
        In rad/(s T), > 0.

    References
    ----------
    Camsari et al., Phys. Rev. X 7, 031014 (2017), equation 11; W. F. Brown, Phys. Rev.
    130, 1677 (1963).
    """

    ms: float
    volume: float
    alpha: float
    hk: float = 0.0
    hd: float = 0.0
    temperature: float = 300.0
    polarization: float = 1.0
    gyromagnetic: float = field(default=GYROMAGNETIC)

    def __post_init__(self) -> None:
        """Validate."""
        for name in ("ms", "volume", "alpha", "gyromagnetic"):
            if not _is_finite(getattr(self, name)) or getattr(self, name) <= 0:
                msg = f"{name} must be a number > 0, not {getattr(self, name)!r}"
                raise ValueError(msg)
        for name in ("hk", "hd", "temperature", "polarization"):
            if not _is_finite(getattr(self, name)) or getattr(self, name) < 0:
                msg = f"{name} must be a number >= 0, not {getattr(self, name)!r}"
                raise ValueError(msg)

    @property
    def moment(self) -> float:
        """Magnetic moment in A m^2."""
        return self.ms * self.volume

    @property
    def barrier(self) -> float:
        """Energy barrier between +z and -z over kT; infinite at 0 K."""
        energy = 0.5 * MU_0 * self.moment * self.hk
        if self.temperature == 0:
            return math.inf if energy > 0 else 0.0
        return energy / (BOLTZMANN * self.temperature)

    @property
    def largest_step(self) -> float:
        """A time step in seconds that resolves anisotropy and noise; applied fields not.

        In such a step the moment precesses by 1/20 radian at most in the anisotropy
        fields and diffuses by 1/10 radian an axis.
        """
        rate = self.gyromagnetic * MU_0 * max(self.hk, self.hd, 1.0)
        diffusion = self.alpha * self.gyromagnetic / (1 + self.alpha**2)
        diffusion *= 2 * BOLTZMANN * self.temperature / self.moment
        return min(0.05 / rate, 0.01 / diffusion if diffusion > 0 else math.inf)

    def run(
        self,
        duration: float,
        dt: float,
        *,
        n: int = 1,
        every: int = 1,
        field: ArrayLike = (0.0, 0.0, 0.0),
        current: float = 0.0,
        start: ArrayLike = (0.0, 0.0, 1.0),
        rng: RandomState = None,
    ) -> Floats:
        r"""Integrate the equation by Heun's method (Stratonovich) with a step of `dt`.

        .. math::

            (1 + \alpha^2) \dot m = -\gamma\, m \times B - \alpha \gamma\, m \times
            (m \times B) - a\, m \times (m \times \hat z) + \alpha a\, m \times \hat z,

        where B is minus the gradient of the energy over the moment, plus the thermal
        field of variance :math:`2 \alpha k T / (\gamma M_s V \Delta t)` an axis, and
        :math:`a = P I \mu_B / (e M_s V)` is what a current of spins along z brings,
        positive towards +z. m is brought back to length 1 after every step.

        Parameters
        ----------
        duration, dt
            Seconds, > 0; see :attr:`largest_step`.
        n
            Independent magnets.
        every
            Steps between rows of the result.
        field
            Applied field (x, y, z) in A/m.
        current
            Charge current in A.
        start
            First direction, shape (3,) or (n, 3), of any length > 0.
        rng
            Seed.

        Returns
        -------
        array
            Directions, shape (rows, n, 3); row 0 is the start.

        Raises
        ------
        ValueError
            If an argument breaks a rule above.
        """
        for name, value in (("duration", duration), ("dt", dt)):
            if not _is_finite(value) or value <= 0:
                msg = f"{name} must be a time > 0, not {value!r}"
                raise ValueError(msg)
        n, every = check_count("n", n), check_count("every", every)
        rows = int(duration / dt / every) + 1
        path = np.empty((rows, n, 3))
        path[0] = _directions(start, n)
        applied = np.asarray(field, np.float64)
        if applied.shape != (3,) or not np.isfinite(applied).all():
            msg = f"field must be three numbers, not {field!r}"
            raise ValueError(msg)
        source = streams(rng)
        heun(
            path,
            every,
            dt * self.gyromagnetic / (1 + self.alpha**2),
            self.alpha,
            MU_0 * applied,
            MU_0 * self.hk,
            MU_0 * self.hd,
            self._thermal(dt),
            self._spin_torque(current) / self.gyromagnetic,
            source.key0,
            source.key1,
        )
        return path

    def _thermal(self, dt: float) -> float:
        """Return the standard deviation of the thermal field of one step, in tesla."""
        energy = 2 * self.alpha * BOLTZMANN * self.temperature
        return math.sqrt(energy / (self.gyromagnetic * self.moment * dt))

    def _spin_torque(self, current: float) -> float:
        """Return what a current brings, in turns of the moment: rad/s."""
        if not _is_finite(current):
            msg = f"current must be a finite number, not {current!r}"
            raise ValueError(msg)
        spins = self.polarization * current / ELEMENTARY_CHARGE
        return spins * BOHR_MAGNETON / self.moment

    def sigmoid(
        self,
        currents: ArrayLike,
        duration: float,
        dt: float,
        *,
        n: int = 16,
        rng: RandomState = None,
    ) -> Floats:
        """Return the mean of sgn(m_z) at every current in A, over n magnets and `duration`.

        The first tenth of the time is left out.

        Raises
        ------
        ValueError
            As :meth:`run` does.
        """
        means = []
        source = streams(rng)
        for k, current in enumerate(np.atleast_1d(np.asarray(currents, np.float64))):
            seed = np.random.SeedSequence([source.key0, source.key1, k])
            path = self.run(duration, dt, n=n, current=float(current), rng=seed)
            means.append(np.sign(path[len(path) // 10 :, :, 2]).mean())
        return np.array(means)


def _directions(start: ArrayLike, n: int) -> Floats:
    given = np.asarray(start, np.float64)
    if given.shape not in ((3,), (n, 3)) or not np.isfinite(given).all():
        msg = f"start must have shape (3,) or ({n}, 3) and be finite, not {given.shape}"
        raise ValueError(msg)
    length = np.linalg.norm(given, axis=-1, keepdims=True)
    if (length == 0).any():
        msg = "start must not be the zero vector"
        raise ValueError(msg)
    return np.asarray(np.broadcast_to(given / length, (n, 3)))


def _is_finite(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return False
    return math.isfinite(float(value))
