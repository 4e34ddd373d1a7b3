"""P-bits as they were measured: a response curve, or dwell times, from a file."""

from __future__ import annotations

import math
import os
from typing import Any

import msgspec
import numpy as np

from hardware.devices.ideal import Ideal
from hardware.devices.telegraph import Telegraph
from hardware.parts import Status
from hardware.tables import read_columns
from pbit.errors import DesignError, ParseError


class Measured(
    Ideal,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="measured",
):
    r"""A p-bit that answers inputs by a measured curve instead of tanh.

    At an update of input I it becomes +1 with the chance (1 + f(I)) / 2, where f goes
    through the measured points: straight in :math:`\operatorname{artanh} f` between
    them, constant beyond them. When it updates is as for :class:`~hardware.devices.Ideal`.

    Attributes
    ----------
    response : tuple of pairs
        (input, mean state), inputs increasing, means in (-1, 1), at least two; or the
        path of a CSV file with the header ``input,mean``, which is read at once. The
        design keeps the points, not the path.
    """

    response: tuple[tuple[float, float], ...] | str | os.PathLike[str]

    def __post_init__(self) -> None:
        """Validate."""
        super().__post_init__()
        given: Any = self.response
        if isinstance(given, str | os.PathLike):
            try:
                given = read_columns(given, ("input", "mean")).T.tolist()
            except (OSError, ParseError) as error:
                raise DesignError(self.key("response"), str(error)) from None
        try:
            points = np.asarray(given, np.float64)
        except (TypeError, ValueError):
            points = np.empty(0)
        if points.ndim != 2 or points.shape[1:] != (2,) or len(points) < 2:
            msg = "must be at least two pairs (input, mean), or the path of a file"
            raise DesignError(self.key("response"), f"{msg}, not {given!r}")
        self._check_points(points)
        pairs = tuple((x, y) for x, y in points.tolist())
        msgspec.structs.force_setattr(self, "response", pairs)

    def _check_points(self, points: np.ndarray) -> None:
        inputs, means = points[:, 0], points[:, 1]
        if not np.isfinite(points).all():
            raise DesignError(self.key("response"), "must be finite numbers")
        for k in np.flatnonzero(np.diff(inputs) <= 0)[:1].tolist():
            msg = f"inputs must increase: {inputs[k + 1]:g} follows {inputs[k]:g}"
            key = f"{self.key('response')}[{k + 1}]"
            raise DesignError(key, msg)
        for k in np.flatnonzero(~(np.abs(means) < 1))[:1].tolist():
            msg = f"mean must be in (-1, 1), not {means[k]:g}"
            key = f"{self.key('response')}[{k}]"
            raise DesignError(key, msg)


def telegraph_from_dwells(
    path: str | os.PathLike[str],
    *,
    source: str = "",
    status: Status = "measured",
) -> Telegraph:
    """Return the telegraph device of measured dwell times, with tau_n their geometric mean.

    Dwell times of tau_n e^{+I} and tau_n e^{-I} make that tau_n, whatever the bias was.

    Parameters
    ----------
    path
        A CSV file with the header ``state,seconds``: one dwell a row, state -1 or 1.
    source, status
        As in designs.

    Raises
    ------
    ParseError
        If the file breaks a rule; `line` is where it can be said.
    OSError
        If it cannot be read.
    """
    states, seconds = read_columns(path, ("state", "seconds"))
    if not np.isin(states, (-1, 1)).all():
        wrong = states[~np.isin(states, (-1, 1))][0]
        raise ParseError(path, None, f"state must be -1 or 1, not {wrong:g}")
    if not (seconds > 0).all():
        raise ParseError(path, None, f"seconds must be > 0, not {seconds.min():g}")
    if not ((states > 0).any() and (states < 0).any()):
        raise ParseError(path, None, "must hold dwells of both states")
    up, down = seconds[states > 0].mean(), seconds[states < 0].mean()
    tau = math.sqrt(float(up) * float(down))
    return Telegraph(tau_n=tau, source=source, status=status)
