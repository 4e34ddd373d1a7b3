"""From a design and workloads to a verdict: how true, how fast, at what cost."""

from pbit._lazy import attach as _attach

_CONTENTS = {
    "Costs": "cost",
    "Evaluation": "evaluation",
    "Fidelity": "fidelity",
    "Finding": "verdict",
    "Requirement": "verdict",
    "Result": "results",
    "Scaling": "scaling",
    "Speed": "speed",
    "Split": "split",
    "Verdict": "verdict",
    "Workload": "workload",
    "causes": "idealisation",
    "evaluate": "evaluation",
    "judge": "verdict",
    "load_workload": "workloads",
    "measure_fidelity": "fidelity",
    "only": "idealisation",
    "report_schema": "schema",
    "split_by_cause": "split",
    "suite": "workloads",
    "without": "idealisation",
}
_MODULES = ("figures", "link", "published", "scaling", "speed")

__all__ = [
    "Costs",
    "Evaluation",
    "Fidelity",
    "Finding",
    "Requirement",
    "Result",
    "Scaling",
    "Speed",
    "Split",
    "Verdict",
    "Workload",
    "causes",
    "evaluate",
    "figures",
    "judge",
    "link",
    "load_workload",
    "measure_fidelity",
    "only",
    "published",
    "report_schema",
    "scaling",
    "speed",
    "split_by_cause",
    "suite",
    "without",
]
__getattr__, __dir__ = _attach(__name__, _CONTENTS, _MODULES)
