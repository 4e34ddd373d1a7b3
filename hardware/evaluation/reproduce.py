"""What it takes to make an evaluation again."""

from __future__ import annotations

import os
import platform
from typing import Any

import numpy as np

from hardware.design import Design
from hardware.evaluation.figures import plain_seed
from hardware.evaluation.results import design_hash
from hardware.evaluation.workload import Workload


def reproduce(
    design: Design, workloads: Any, seed: np.random.SeedSequence, seconds: float
) -> dict[str, Any]:
    """Return the command, the seed, hashes, software and host of an evaluation."""
    import numba

    from pbit import __version__

    given = [workloads] if isinstance(workloads, str | Workload) else workloads
    words = ["pbit", "evaluate", design.name]
    for workload in given if isinstance(given, list | tuple) else ():
        name = workload.name if isinstance(workload, Workload) else str(workload)
        words += ["--workload", name]
    if isinstance(seed.entropy, int) and not seed.spawn_key:
        words += ["--rng", str(seed.entropy)]
    return {
        "command": " ".join(words),
        "seed": plain_seed(seed),
        "design_sha256": design_hash(design),
        "software": {
            "pbitlab": __version__,
            "numpy": np.__version__,
            "numba": numba.__version__,
            "python": platform.python_version(),
        },
        "host": {
            "machine": platform.machine(),
            "processor": _processor(),
            "cores": os.cpu_count(),
        },
        "seconds": seconds,
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as stream:  # noqa: PTH123 - a kernel's table
            names = [line for line in stream if line.startswith("model name")]
    except OSError:
        names = []
    return names[0].partition(":")[2].strip() if names else platform.processor()
