"""Designs that break one rule each: the change, the key in the error, a part of it."""

import math

IDEAL = {"kind": "ideal", "tau_n": 1e-9}
SILENT = {"kind": "ideal"}
TELEGRAPH = {"kind": "telegraph", "tau_n": 1e-9}
MASKED = {"kind": "masked", "clock_hz": 1e6}
DIGITAL = {"kind": "digital", "input": "s[4][1]"}
CLOCK = {"kind": "sequential", "clock_hz": 1e6}

# What is wrong, the key that the error names, and a part of its message.
WRONG = [
    ({"name": None}, "name", "is required"),
    ({"name": ""}, "name", "must be text, not ''"),
    ({"name": 3}, "name", "must be text, not 3"),
    ({"description": 3}, "description", "must be text, not 3"),
    ({"device": None}, "device", "is required"),
    ({"device": "ideal"}, "device", "must be a table, not 'ideal'"),
    ({"devise": IDEAL}, "devise", "did you mean 'device'?"),
    (
        {"device": {"tau_n": 1e-9}},
        "device.kind",
        "is required: one of 'digital', 'ideal'",
    ),
    (
        {"device": {"kind": "telegraf"}},
        "device.kind",
        "not 'telegraf'; did you mean 'telegraph'?",
    ),
    ({"device": {"kind": 1}}, "device.kind", "not 1"),
    (
        {"device": IDEAL | {"taun": 1}},
        "device.taun",
        "is not a known entry for the kind 'ideal'; did you mean 'tau_n'?",
    ),
    (
        {"device": {"kind": "telegraph"}},
        "device.tau_n",
        "is required for the kind 'telegraph'",
    ),
    ({"device": IDEAL | {"tau_n": "3 MHz"}}, "device.tau_n", "a frequency, not a time"),
    ({"device": IDEAL | {"tau_n": "1 parsec"}}, "device.tau_n", "unknown unit"),
    ({"device": IDEAL | {"tau_n": 0}}, "device.tau_n", "must be > 0, not 0"),
    ({"device": IDEAL | {"tau_n": -1e-9}}, "device.tau_n", "must be > 0, not -1e-09"),
    (
        {"device": IDEAL | {"tau_n": math.nan}},
        "device.tau_n",
        "must be finite, not nan",
    ),
    (
        {"device": IDEAL | {"tau_n": math.inf}},
        "device.tau_n",
        "must be finite, not inf",
    ),
    ({"device": IDEAL | {"tau_n": True}}, "device.tau_n", "must be a number"),
    ({"device": IDEAL | {"tau_n": []}}, "device.tau_n", "not none"),
    (
        {"device": IDEAL | {"tau_n": [1e-9, "2 Hz"]}},
        "device.tau_n[1]",
        "'2 Hz' is a frequency, not a time",
    ),
    ({"device": IDEAL | {"tau_n": [[1e-9]]}}, "device.tau_n[0]", "must be a number"),
    ({"device": IDEAL | {"source": 1}}, "device.source", "must be text, not 1"),
    (
        {"device": IDEAL | {"status": "measuerd"}},
        "device.status",
        "did you mean 'measured'?",
    ),
    ({"device": SILENT}, "device.tau_n", "is required where the fabric is autonomous"),
    (
        {"synapse": {"kind": "delay"}},
        "synapse.tau_s",
        "is required for the kind 'delay'",
    ),
    ({"synapse": {"kind": "delay", "tau_s": 0.0}}, "synapse.tau_s", "must be > 0"),
    (
        {"synapse": {"kind": "instant", "tau_s": 1e-9}},
        "synapse.tau_s",
        "is not a known entry for the kind 'instant'",
    ),
    (
        {"synapse": {"kind": "stale", "tau_s": 1e-9, "copies": "sources"}},
        "synapse.copies",
        "must be one of 'edge', 'source', not 'sources'; did you mean 'source'?",
    ),
    (
        {"device": TELEGRAPH, "fabric": {"kind": "chromatic"}},
        "fabric.kind",
        "telegraph p-bits time themselves, so the fabric must be 'autonomous', "
        "not 'chromatic'",
    ),
    (
        {"fabric": {"kind": "sequential", "clock_hz": "1 GHz"}},
        "fabric.clock_hz",
        "is given twice: clock_hz = 1e+09 and device.tau_n = 1e-09",
    ),
    (
        {"device": SILENT, "fabric": {"kind": "synchronous"}},
        "fabric.clock_hz",
        "is required: the synchronous fabric needs a clock",
    ),
    (
        {"device": IDEAL | {"tau_n": [1e-9, 2e-9]}, "fabric": {"kind": "sequential"}},
        "device.tau_n",
        "must be one time where it is the clock period, not 2 of them",
    ),
    (
        {"device": SILENT, "fabric": {"kind": "sequential", "clock_hz": 0}},
        "fabric.clock_hz",
        "must be > 0, not 0",
    ),
    (
        {"device": SILENT, "fabric": {"kind": "sequential", "clock_hz": "1 ns"}},
        "fabric.clock_hz",
        "'1 ns' is a time, not a frequency",
    ),
    ({"device": SILENT, "fabric": MASKED}, "fabric.probability", "is required"),
    *(
        (
            {"device": SILENT, "fabric": MASKED | {"probability": wrong}},
            "fabric.probability",
            f"must be in (0, 1], not {wrong}",
        )
        for wrong in (0, 0.0, -0.1, 1.5, math.nan)
    ),
    *(
        (
            {"device": SILENT, "fabric": MASKED | {"probability": wrong}},
            "fabric.probability",
            f"must be a number, not {wrong!r}",
        )
        for wrong in (True, "0.5", [0.5])
    ),
    ({"energy": {"per_update": -1e-15}}, "energy.per_update", "must be >= 0"),
    ({"energy": {"per_flip": "1 fW"}}, "energy.per_flip", "a power, not an energy"),
    ({"energy": {"static_power": "1 J"}}, "energy.static_power", "not a power"),
    ({"energy": {"kind": "x"}}, "energy.kind", "is not a known entry"),
    (
        {"energy": {"per_updates": 1}},
        "energy.per_updates",
        "is not a known entry; did you mean 'per_update'?",
    ),
    ({"energy": {"uncertainty": -1}}, "energy.uncertainty", "must be >= 0, not -1"),
    ({"energy": {"per_link_bit": "1 W"}}, "energy.per_link_bit", "not an energy"),
    ({"spread": {"slope": -0.1}}, "spread.slope", "must be >= 0, not -0.1"),
    ({"spread": {"slope": "10 %"}}, "spread.slope", "a number without a unit"),
    ({"spread": {"offset": math.nan}}, "spread.offset", "must be finite, not nan"),
    ({"spread": {"offset": [0.1]}}, "spread.offset", "must be a number, not [0.1]"),
    ({"spread": {"slopes": 0.1}}, "spread.slopes", "did you mean 'slope'?"),
    ({"spread": {"kind": "normal"}}, "spread.kind", "is not a known entry"),
    ({"spread": {"seed": -1}}, "spread.seed", "must be >= 0, not -1"),
    ({"spread": {"seed": 1.5}}, "spread.seed", "must be a whole number, not 1.5"),
    (
        {"spread": {"slope": 0.1, "distribution": "lognormale"}},
        "spread.distribution",
        "must be one of 'lognormal', 'normal', not 'lognormale'",
    ),
    (
        {
            "device": SILENT,
            "fabric": MASKED | {"probability": 1},
            "spread": {"tau": 0.1},
        },
        "spread.tau",
        "must be 0 where a clock says when p-bits update, as in the masked fabric",
    ),
    (
        {"device": TELEGRAPH, "spread": {"drift": 3.0}},
        "spread.drift",
        "must be 0 for telegraph p-bits",
    ),
    (
        {"faults": {"stuck_up": 1.5}},
        "faults.stuck_up",
        "a fraction in [0, 1] or a list",
    ),
    ({"faults": {"stuck_up": -0.5}}, "faults.stuck_up", "must be >= 0, not -0.5"),
    ({"faults": {"stuck_down": [0, -1]}}, "faults.stuck_down[1]", "not -1"),
    ({"faults": {"stuck_down": [True]}}, "faults.stuck_down[0]", "not True"),
    (
        {"faults": {"stuck_up": [3, 4], "stuck_down": [4]}},
        "faults.stuck_down",
        "must not name p-bit 4, which stuck_up names",
    ),
    (
        {"faults": {"couplings_open": [3]}},
        "faults.couplings_open[0]",
        "a pair of p-bits",
    ),
    (
        {"faults": {"couplings_full": [[0, 1], [2, 2]]}},
        "faults.couplings_full[1]",
        "must be a pair of two p-bits, not [2, 2]",
    ),
    ({"faults": {"seed": "x"}}, "faults.seed", "must be a whole number, not 'x'"),
    ({"faults": [1]}, "faults", "must be a table, not [1]"),
    ({"synapse": {"kind": "crossbar"}}, "synapse.g_max", "is required"),
    *(
        (
            {"synapse": {"kind": "crossbar", "g_max": 5e-5} | {entry: wrong}},
            f"synapse.{entry}",
            message,
        )
        for entry, wrong, message in (
            ("g_max", 0, "must be > 0, not 0"),
            ("g_max", "50 uS", "must be a number without a unit, not '50 uS'"),
            ("levels", 1, "must be a whole number >= 2, not 1"),
            ("levels", 2.5, "must be a whole number >= 2, not 2.5"),
            ("on_off", 1.0, "must be > 1, not 1"),
            ("stuck_on", 1.01, "must be a fraction in [0, 1], not 1.01"),
            ("wire_ohm", -5, "must be >= 0, not -5"),
            ("programming_noise", math.inf, "must be finite, not inf"),
            ("read_noice", 0.1, "did you mean 'read_noise'?"),
        )
    ),
    (
        {
            "device": TELEGRAPH,
            "synapse": {"kind": "crossbar", "g_max": 5e-5, "read_noise": 0.1},
        },
        "synapse.read_noise",
        "must be 0 for telegraph p-bits, which read their input all the time, not 0.1",
    ),
    (
        {
            "synapse": {
                "kind": "crossbar",
                "g_max": 5e-5,
                "stuck_on": 0.75,
                "stuck_off": 0.5,
            }
        },
        "synapse.stuck_off",
        "must be 0.25 at most beside stuck_on, not 0.5",
    ),
    (
        {"energy": {"per_memory_bit": "1 fJ"}},
        "energy.per_memory_bit",
        "must be 0 without limits.bits",
    ),
    ({"size": {"area_per_pbit": -1}}, "size.area_per_pbit", "must be >= 0, not -1"),
    ({"size": {"area": 1e-6}}, "size.area", "is not a known entry"),
    ({"size": {"uncertainty": "a"}}, "size.uncertainty", "a number without a unit"),
    ({"limits": 5}, "limits", "must be a table, not 5"),
    ({"limits": {}}, "limits", "must hold one at least of pbits, fan_in, bits"),
    ({"limits": {"source": "x"}}, "limits", "must hold one at least of"),
    ({"limits": {"pbits": 0}}, "limits.pbits", "must be at least 1, not 0"),
    ({"limits": {"pbits": 1.5}}, "limits.pbits", "must be a whole number, not 1.5"),
    ({"limits": {"pbits": True}}, "limits.pbits", "must be a whole number, not True"),
    ({"limits": {"fan_in": -3}}, "limits.fan_in", "must be at least 1, not -3"),
    ({"limits": {"fan_in": "6"}}, "limits.fan_in", "must be a whole number, not '6'"),
    ({"limits": {"bits": "4.1"}}, "limits.bits", "must look like 's[4][1]', not '4.1'"),
    ({"limits": {"bits": 6}}, "limits.bits", "must be a string as 's[4][1]', not 6"),
    ({"limits": {"bits": "s[50][9]"}}, "limits.bits", "must have 1 to 52 bits"),
    ({"limits": {"topology": 3}}, "limits.topology", "must be a name"),
    ({"limits": {"topology": "pegasus"}}, "limits.topology", "must look like"),
    ({"limits": {"topology": "kong(3)"}}, "limits.topology", "did you mean 'king'?"),
    ({"limits": {"topology": "king(3)"}}, "limits.topology", "king takes 2 sizes"),
    ({"limits": {"fan_in": 6, "source": 3}}, "limits.source", "must be text, not 3"),
    (
        {"limits": {"fan_in": 6, "status": "guessed"}},
        "limits.status",
        "must be one of 'measured', 'simulated'",
    ),
    ({"limits": {"max_degree": 6}}, "limits.max_degree", "is not a known entry"),
    ({"limits": {"fanin": 6}}, "limits.fanin", "did you mean 'fan_in'?"),
    # Tables of digital machines, of chips, of measured and magnetic p-bits.
    *(
        ({"device": DIGITAL | {entry: wrong}, "fabric": CLOCK}, f"device.{entry}", rule)
        for entry, wrong, rule in (
            ("input", "4.1", "must look like 's[4][1]', not '4.1'"),
            ("input", "s[40][9]", "must have at most 32 bits"),
            ("activation", "relu", "must be one of 'table', 'clip', not 'relu'"),
            ("entries", 24, "must be a power of two, not 24"),
            ("entries", 64, "must be 1 to 32, not 64"),
            ("bits", 33, "must be 2 to 32, not 33"),
            ("tau_n", 1e-9, "is not a known entry for the kind 'digital'"),
        )
    ),
    (
        {"device": DIGITAL | {"activation": "clip", "entries": 8}, "fabric": CLOCK},
        "device.entries",
        "is of tables only, not 8: activation is 'clip'",
    ),
    (
        {"device": DIGITAL},
        "fabric.kind",
        "must have a clock where digital p-bits work at its ticks, not be 'autonomous'",
    ),
    (
        {"synapse": {"kind": "mac", "weights": "s[4][1]"}},
        "fabric.kind",
        "must have a clock where mac synapses work at its ticks, not be 'autonomous'",
    ),
    *(
        (
            {
                "device": DIGITAL,
                "fabric": CLOCK,
                "synapse": {"kind": "mac", "weights": "s[4][1]"} | {entry: wrong},
            },
            f"synapse.{entry}",
            rule,
        )
        for entry, wrong, rule in (
            ("weights", "s[30][3]", "must have at most 24 bits"),
            ("beta", "fold", "must be 'folded' or a format as 'u[4][20]', not 'fold'"),
            ("latency", -1, "must be 0 to 1048576, not -1"),
            ("accumulator", 9, "must be a string as 's[4][1]', not 9"),
        )
    ),
    (
        {"noise": {"kind": "ideal"}},
        "noise",
        "is of digital p-bits only, not of 'ideal'",
    ),
    *(
        (
            {"device": DIGITAL, "fabric": CLOCK, "noise": {"kind": "lfsr"} | given},
            f"noise.{entry}",
            rule,
        )
        for given, entry, rule in (
            ({}, "width", "is required for the kind 'lfsr'"),
            ({"width": 2}, "width", "must be 3 to 64, not 2"),
            (
                {"width": 16},
                "width",
                "must be 32 at least, the bits that p-bits compare",
            ),
            ({"width": 33}, "taps", "is required where width is 33"),
            ({"width": 32, "taps": [32]}, "taps", "must be a list of two or more"),
            ({"width": 32, "taps": [32, 40]}, "taps[1]", "1 to 32, not 40"),
            ({"width": 32, "taps": [30, 2]}, "taps", "must hold the width, 32"),
            ({"width": 32, "gate": "and"}, "gate", "must be one of 'xnor', 'xor'"),
            ({"width": 32, "sharing": "some"}, "sharing", "must be 'all' or a number"),
            ({"width": 32, "shift": 0}, "shift", "must be >= 1, not 0"),
            ({"width": 32, "seeds": ["xyz"]}, "seeds[0]", "not 'xyz'"),
            ({"width": 32, "seeds": [2**32]}, "seeds[0]", "must have 32 bits at most"),
            (
                {"width": 32, "gate": "xor", "seeds": [0]},
                "seeds[0]",
                "must not be 0, a state that is never left",
            ),
        )
    ),
    (
        {
            "device": DIGITAL,
            "fabric": CLOCK,
            "noise": {"kind": "xorshift", "width": 16},
        },
        "noise.width",
        "must be one of 32, 64, not 16",
    ),
    *(
        ({"chips": {"parts": [0, 1], "bandwidth_hz": 1e9} | given}, key, rule)
        for given, key, rule in (
            ({"parts": []}, "chips.parts", "must hold one chip a p-bit, not none"),
            ({"parts": [0, 2]}, "chips.parts", "without a gap, not skip 1"),
            ({"parts": [0, -1]}, "chips.parts[1]", "a whole number >= 0, not -1"),
            ({"parts": 2}, "chips.parts", "must be a list, not 2"),
            ({"bandwidth_hz": 0}, "chips.bandwidth_hz", "must be > 0, not 0"),
            ({"latency": "1 MHz"}, "chips.latency", "a frequency, not a time"),
            ({"links": [[0, 1]]}, "chips.links[0]", "not [0, 1]"),
            (
                {"links": [[0, 5, 0, 1]]},
                "chips.links[0]",
                "must join two of the 2 chips",
            ),
            ({"clock_hz": [1e6]}, "chips.clock_hz", "one frequency a chip, 2, not 1"),
            ({"clock_hz": [1e6, 1e6]}, "chips.clock_hz", "must be left out"),
            ({"band": 1}, "chips.band", "is not a known entry"),
        )
    ),
    ({"chips": {"parts": [0]}}, "chips.bandwidth_hz", "is required"),
    *(
        ({"device": {"kind": "measured", "tau_n": 1e-9, "response": given}}, key, rule)
        for given, key, rule in (
            ([[0, 0.1]], "device.response", "must be at least two pairs"),
            ([[0, 0], [0, 0.5]], "device.response[1]", "inputs must increase"),
            ([[0, 0], [1, 1]], "device.response[1]", "mean must be in (-1, 1), not 1"),
            ([[0, "a"], [1, 0]], "device.response", "must be at least two pairs"),
            ("nowhere.csv", "device.response", "No such file"),
        )
    ),
    *(
        ({"device": {"kind": "transistor-mtj", "tau_n": 1e-9} | given}, key, rule)
        for given, key, rule in (
            ({}, "device.tau_t", "is required for the kind 'transistor-mtj'"),
            ({"tau_t": "3 pA"}, "device.tau_t", "a current, not a time"),
            ({"tau_t": 1e-12, "i_s": "1 uA"}, "device.i_s0", "is required where i_s"),
        )
    ),
    (
        {"device": {"kind": "ring-oscillator", "tau_n": 1e-9, "jitter": -1}},
        "device.jitter",
        "must be >= 0, not -1",
    ),
    (
        {"synapse": {"kind": "rc", "tau_rc": -1}},
        "synapse.tau_rc",
        "must be > 0, not -1",
    ),
    *(
        ({"synapse": {"kind": "delay", "tau_s": 1e-9} | given}, key, rule)
        for given, key, rule in (
            ({"tau_s": [[0, 1]]}, "synapse.tau_s[0]", "must be [from, to, seconds]"),
            ({"tau_s": [1e-9, -1]}, "synapse.tau_s[1]", "must be > 0, not -1"),
            ({"spread": "wide"}, "synapse.spread", "without a unit, not 'wide'"),
            ({"distribution": "cauchy"}, "synapse.distribution", "not 'cauchy'"),
        )
    ),
    *(
        ({"device": SILENT, "fabric": CLOCK | given}, key, rule)
        for given, key, rule in (
            ({"depth": 2000}, "fabric.depth", "0 to 1024, not 2000"),
            ({"kind": "time-multiplexed"}, "fabric.physical", "is required"),
            ({"kind": "time-multiplexed", "physical": 0}, "fabric.physical", "not 0"),
            ({"kind": "spin-serial", "replicas": 1.5}, "fabric.replicas", "not 1.5"),
            ({"kind": "cromatic"}, "fabric.kind", "did you mean 'chromatic'?"),
        )
    ),
    (
        {"device": DIGITAL, "fabric": CLOCK | {"depth": 1}},
        "fabric.depth",
        "must be 0 where device.kind is 'digital', not 1",
    ),
    ({"unknown": "energy"}, "unknown", "must be a list of entries, not 'energy'"),
    ({"unknown": ["devise"]}, "unknown[0]", "did you mean 'device'?"),
    ({"unknown": ["energy", "device.tau_s"]}, "unknown[1]", "not 'device.tau_s'"),
    ({"unknown": [3]}, "unknown[0]", "a table or an entry of one, not 3"),
    ({"unknown": ["energy", "energy"]}, "unknown", "must not repeat itself"),
]


def wrong_design(change):
    """Return a design of ideal p-bits with a change; None takes an entry out."""
    table = {"name": "mine", "device": IDEAL} | change
    return {key: value for key, value in table.items() if value is not None}
