import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compilers.formats import CATALOGUE, sniff_format
from tests.compilers.formats.samples import BY_NAME, CASES, equal

NAMES = [case.name for case in CASES]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_reads_back_equal(name, tmp_path_factory):
    case = BY_NAME[name]

    @settings(deadline=None, max_examples=150)
    @given(value=case.values)
    def check(value):
        path = folder / "file"
        case.write(value, path)
        again = case.read(path)
        assert equal(again, value)
        first = path.read_bytes()
        case.write(again, path)
        assert path.read_bytes() == first

    folder = tmp_path_factory.mktemp("formats")
    check()


@pytest.mark.parametrize("name", NAMES)
def test_blanks_crlf_a_byte_order_mark_and_gzip_read_alike(name, tmp_path):
    case = BY_NAME[name]
    binary = name == "dimod-file"
    for k, seed in enumerate(case.seeds):
        plain = tmp_path / f"{k}.plain"
        plain.write_bytes(seed)
        value = case.read(plain)
        loose = b"\xef\xbb\xbf" + seed.replace(b"\n", b" \t\r\n").removesuffix(b"\r\n")
        texts = () if binary else (loose, b"\n" + seed)
        for variant in (gzip.compress(seed), *texts):
            path = tmp_path / f"{k}.variant"
            path.write_bytes(variant)
            assert equal(case.read(path), value), variant


def test_every_format_has_a_round_trip():
    formats = {name for name in CATALOGUE if name != "gph"}  # has col's grammar
    assert formats <= set(NAMES)


@pytest.mark.parametrize("name", [name for name in NAMES if name in CATALOGUE])
def test_a_file_of_several_parts_is_told_by_itself(name, tmp_path):
    # Small files of numbers alone look alike; seeds are long enough to be told.
    case = BY_NAME[name]
    for seed in case.seeds:
        path = tmp_path / ("file.wcnf" if name == "wcnf" else "file")
        path.write_bytes(seed)
        found = sniff_format(path)
        ambiguous = {"knapsack": {b"2 9\n1 2\n3 4\n0 1\n": "rudy"}}
        assert found == ambiguous.get(name, {}).get(seed, name)


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_words_and_magic_tell_written_files(data, tmp_path_factory):
    name = data.draw(
        st.sampled_from(
            [
                "qbsolv",
                "qplib",
                "opb",
                "dimod-json",
                "dimod-file",
                "dimod-coo",
                "biqbin",
                "spin-glass",
                "cnf",
                "wcnf",
                "col",
                "matrix-market",
                "tsplib",
                "labs",
            ]
        )
    )
    case = BY_NAME[name]
    value = data.draw(case.values)
    path = tmp_path_factory.mktemp("sniff") / "file"
    case.write(value, path)
    assert sniff_format(path) == name
