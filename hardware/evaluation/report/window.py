"""A short window of a machine's run, as waveforms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from hardware import waves
from hardware.evaluation.evaluation import Evaluation
from hardware.evaluation.report.canvas import WIDTH, Drawing, dress
from hardware.evaluation.runs import machine_for, sweep_time
from hardware.evaluation.workload import Workload
from hardware.machine import Machine
from hardware.run import Run
from pbit.errors import DesignError
from pbit.random import sequence_of

SWEEPS = 16  # of the window
SETTLE = 16  # before it
MOST_SHOWN = 12  # p-bits of the figure; the file has all


@dataclass(frozen=True, eq=False)
class Window:
    """A recorded run.

    Attributes
    ----------
    workload
        What ran.
    run
        Recorded.
    clocked
        Whether there is a clock to show.
    """

    workload: Workload
    run: Run
    clocked: bool

    def write(self, path: Path) -> None:
        """Write it as a value change dump: states, draws, and the clock if there is one."""
        scopes = ["pbits", "updates"]
        if self.clocked:
            scopes.append("clock")
        waves.write(
            self.run,
            path,
            scopes,
            circuit=self.workload.circuit,
            timescale=_timescale(self.run.elapsed),
        )

    def drawing(self) -> Drawing:
        """Return the states of its first p-bits over time."""
        from matplotlib.figure import Figure

        from hardware.plots import traces

        labels = list(self.workload.circuit.labels)[:MOST_SHOWN]
        size = (WIDTH, 1.2 + 0.24 * len(labels))
        figure = Figure(figsize=size, dpi=100, layout="constrained")
        ax = figure.subplots()
        traces(self.run, labels, ax=ax)
        shown = ax.get_legend()
        if shown is not None:
            shown.remove()
        dress(ax, "simulated time", "p-bit", grid="x")
        text = (
            f"{self.workload.name}, {SWEEPS} sweeps after {SETTLE} to settle; up is +1."
        )
        more = self.workload.n - len(labels)
        if more > 0:
            text += f" {more} more p-bits are in window.vcd."
        return Drawing("window", "timing", "States over time", text, figure)


def record(evaluation: Evaluation) -> Window | str:
    """Record a short window of the first workload that the machine runs.

    Returns
    -------
    Window or str
        The window, or why there is none.
    """
    root = sequence_of(evaluation.info["seed"])
    reason = "there is no workload"
    for workload in evaluation.workloads:
        try:
            sweep = sweep_time(workload, evaluation.design)
            machine = machine_for(
                workload, evaluation.design, root, workload.name, "window"
            )
            clocked = evaluation.design.clock_period is not None
            return Window(workload, _run(machine, sweep), clocked)
        except DesignError as error:
            reason = str(error)
    return reason


def _run(machine: Machine, sweep: float) -> Run:
    start = SETTLE * sweep
    machine.run(until=start)
    return machine.run(until=start + SWEEPS * sweep, record=True)


def _timescale(seconds: float) -> str:
    """Return a timescale that resolves a window into a million steps or more."""
    units = {"s": 0, "ms": -3, "us": -6, "ns": -9, "ps": -12, "fs": -15}
    wanted = math.floor(math.log10(seconds)) - 6
    for name, power in units.items():
        for step in (2, 1, 0):
            if power + step <= wanted and not (name == "s" and step):
                return f"{10**step} {name}"
    return "1 fs"
