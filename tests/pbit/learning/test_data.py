"""Data sets are what they say; what is no data is refused with its place."""

import gzip
import itertools
import struct

import numpy as np
import pytest

import compilers
from pbit.errors import ParseError
from pbit.learning import data, files


def test_zeros_and_ones_booleans_and_signs_become_the_same_states():
    bits = np.array([[0, 1, 1], [1, 0, 1]])
    expected = [[-1, 1, 1], [1, -1, 1]]
    for given in (bits, bits.astype(bool), bits * 2.0 - 1, bits.tolist(), bits > 0):
        states = data.check_data(given, 3)
        assert states.dtype == np.int8
        assert states.tolist() == expected


def test_states_that_are_all_plus_mean_the_same_in_either_convention():
    assert data.check_data(np.ones((2, 2))).tolist() == [[1, 1], [1, 1]]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([[0, 1], [np.nan, 1]], r"data must not have gaps: data\[1, 0\] is NaN"),
        ([[0, np.inf]], r"data must be binary, 0/1 or -1/\+1: data\[0, 1\] = inf"),
        ([[0, 2]], r"data must be binary, 0/1 or -1/\+1: data\[0, 1\] = 2"),
        ([[0.5, 1]], r"data\[0, 0\] = 0.5"),
        ([[0, 1], [1, -1]], r"not both: data\[0, 0\] = 0 but data\[1, 1\] = -1"),
        ([[0, 1, 1]], "data must have 2 columns, one a visible p-bit, not 3"),
        ([], "data must hold at least one sample of one value"),
        (np.empty((0, 2)), r"at least one sample of one value, not \(0, 2\)"),
        (np.empty((3, 0)), r"at least one sample of one value, not \(3, 0\)"),
        ([0, 1], r"data must have shape \(n_samples, n_visible\), not \(2,\)"),
        ([[0, 1], [1]], "rows of one width: row 0 has 2 values, row 1 has 1"),
    ],
)
def test_bad_data_are_refused_by_name(given, message):
    with pytest.raises(ValueError, match=message):
        data.check_data(given, 2)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([["a", "b"]], "data must hold numbers or booleans, not <U1"),
        ([[0, None]], r"data must hold numbers: data\[0, 1\] = None"),
        ([[0, 1j]], "data must hold numbers or booleans, not complex128"),
    ],
)
def test_data_that_are_no_numbers_are_refused(given, message):
    with pytest.raises(TypeError, match=message):
        data.check_data(given, 2)


def test_columns_are_named_where_their_names_are_known():
    with pytest.raises(ValueError, match=r"data\[0, 'S'\] = 3"):
        data.check_data([[0, 3]], columns=["A", "S"])


def test_labels_are_whole_numbers_one_a_sample():
    labels = data.check_labels([1.0, 0, 2], 3, 3)
    assert labels.dtype == np.int64
    assert labels.tolist() == [1, 0, 2]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([0, np.nan, 1], r"a class for every sample: labels\[1\] = nan"),
        ([0, None, 1], r"a class for every sample: labels\[1\] = nan"),
        ([0, 1, -1], r"a class for every sample: labels\[2\] = -1"),
        ([0, 1], r"labels must have shape \(3,\), one a sample, not \(2,\)"),
        ([0, 1, 0.5], r"whole numbers from 0 to 1: labels\[2\] = 0.5"),
        ([0, 1, 2], r"whole numbers from 0 to 1: labels\[2\] = 2"),
    ],
)
def test_unlabeled_and_wrongly_labeled_samples_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        data.check_labels(given, 3, 2)


def test_labels_that_are_text_are_refused():
    with pytest.raises(TypeError, match="labels must be whole numbers, not <U1"):
        data.check_labels(["a"], 1)


def test_bars_and_stripes_are_the_pictures_of_equal_rows_or_equal_columns():
    pictures = {tuple(p) for p in data.bars_and_stripes(3, 2).tolist()}
    slow = set()
    for pixels in itertools.product([-1, 1], repeat=6):
        rows = [pixels[0:2], pixels[2:4], pixels[4:6]]
        bars = all(len(set(row)) == 1 for row in rows)
        if bars or len(set(rows)) == 1:
            slow.add(pixels)
    assert pictures == slow
    assert len(data.bars_and_stripes(3, 2)) == 2**3 + 2**2 - 2


@pytest.mark.parametrize("size", [0, 21])
def test_sizes_of_pictures_have_bounds(size):
    with pytest.raises(ValueError, match=f"cols must be at .* not {size}"):
        data.bars_and_stripes(2, size)


def full_adder(a, b, c):
    return (a + b + c) % 2, (a + b + c) // 2


def test_the_truth_table_of_a_function_has_every_row_of_inputs_once():
    rows = (data.truth_table(full_adder) + 1) // 2
    assert rows.shape == (8, 5)
    assert {tuple(row[:3]) for row in rows.tolist()} == set(
        itertools.product([0, 1], repeat=3)
    )
    assert (rows[:, :3].sum(axis=1) == rows[:, 3] + 2 * rows[:, 4]).all()


def test_a_function_of_any_number_of_bits_needs_their_number():
    def parity(*bits):
        return sum(bits) % 2

    assert data.truth_table(parity, 2)[:, 2].tolist() == [-1, 1, 1, -1]
    with pytest.raises(TypeError, match="n_inputs must be given"):
        data.truth_table(parity)


def test_a_function_that_returns_no_bits_is_refused():
    with pytest.raises(ValueError, match=r"bits, 0 or 1: of \(0,\) it is 2"):
        data.truth_table(lambda a: a + 2)
    with pytest.raises(ValueError, match="at most 20 inputs or pins, not 21"):
        data.truth_table(lambda *_: 0, 21)
    with pytest.raises(TypeError, match="function must be a function of bits"):
        data.truth_table(3)


def test_the_truth_table_of_a_program_is_what_passes_its_check():
    for program in (compilers.gate("AND"), compilers.adder(2)):
        rows = data.truth_table(program)
        labels = [label for bus in program.buses.values() for label in bus]
        assert rows.shape[1] == len(labels)
        solutions = []
        for row in rows.tolist():
            held, numbers = dict(zip(labels, row, strict=True)), {}
            for name, bus in program.buses.items():
                bits = [(held[label] + 1) // 2 << k for k, label in enumerate(bus)]
                numbers[name] = sum(bits)
            solutions.append(tuple(numbers.values()))
            assert program.check(numbers)
        assert len(set(solutions)) == len(rows) == 2 ** (2 if len(labels) == 3 else 4)


def test_a_program_without_buses_has_no_truth_table():
    import networkx as nx

    with pytest.raises(ValueError, match="program must have buses"):
        data.truth_table(compilers.maxcut(nx.path_graph(3)))


def test_digits_are_1797_images_in_two_colours():
    images, labels = data.digits()
    assert images.shape == (1797, 64)
    assert images.dtype == np.int8
    assert set(np.unique(images)) == {-1, 1}
    assert np.bincount(labels).min() > 170
    assert (data.digits(16)[0] > 0).sum() < (images > 0).sum()


def test_grey_values_become_two_colours_and_pictures_become_rows():
    grey = np.array([[[0, 128], [127, 255]]])
    assert data.binarize(grey, 128).tolist() == [[-1, 1, -1, 1]]
    with pytest.raises(ValueError, match=r"values must be finite: values\[0, 1\]"):
        data.binarize([[0, np.nan]], 1)
    with pytest.raises(ValueError, match=r"values must have shape \(n_samples, ...\)"):
        data.binarize([0.0], 1)


# files


def idx(values, kind=8):
    values = np.asarray(values)
    head = struct.pack(">BBBB", 0, 0, kind, values.ndim)
    return head + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def test_idx_files_are_read_plain_and_gzipped(tmp_path):
    images = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    (tmp_path / "plain").write_bytes(idx(images))
    (tmp_path / "packed.gz").write_bytes(gzip.compress(idx(images), mtime=0))
    for name in ("plain", "packed.gz"):
        read = files.read_idx(tmp_path / name)
        assert read.dtype == np.uint8
        assert (read == images).all()


def test_idx_values_of_several_bytes_are_big_endian(tmp_path):
    (tmp_path / "f").write_bytes(idx(np.array([1, -2, 300], ">i4"), 0x0C))
    read = files.read_idx(tmp_path / "f")
    assert read.dtype == np.int32
    assert read.tolist() == [1, -2, 300]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no IDX file: it starts with b''"),
        (b"PNG.....", "no IDX file"),
        (b"\0\0\x08\0", "no IDX file"),
        (b"\0\0\x08\3\0\0\0\1", "ends before the lengths of its 3 axes"),
        (idx(np.zeros(5, np.uint8))[:-1], r"declares 5 bytes .* but has only 4"),
        (idx(np.zeros(5, np.uint8)) + b"x", r"declares 5 bytes .* but has more"),
        (b"\0\0\x08\3" + b"\xff" * 12, r"bytes of values, more than 4294967296"),
        (
            gzip.compress(idx(np.zeros(500, np.uint8)), mtime=0)[:-9],
            "damaged gzip file",
        ),
    ],
)
def test_damaged_idx_files_are_refused(tmp_path, content, message):
    path = tmp_path / "images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(ParseError, match=message):
        files.read_idx(path)


def written(folder, text):
    path = folder / "rows.csv"
    path.write_text(text)
    return path


def test_csv_with_names_and_labels(tmp_path):
    path = written(tmp_path, "A,B,digit\n0,1,3\n\n1,1,4\n")
    table = files.read_csv(path, label="digit")
    assert table.data.tolist() == [[-1, 1], [1, 1]]
    assert table.labels == ("3", "4")
    assert table.columns == ("A", "B")


def test_csv_without_names_numbers_its_columns(tmp_path):
    path = written(tmp_path, "-1,1\n1,1\n")
    table = files.read_csv(path)
    assert table.data.tolist() == [[-1, 1], [1, 1]]
    assert (table.labels, table.columns) == (None, ("0", "1"))
    assert files.read_csv(path, label=1).labels == ("1", "1")


def test_csv_of_grey_values_needs_a_threshold(tmp_path):
    path = written(tmp_path, "0,12\n7.5,8\n")
    assert files.read_csv(path, threshold=8).data.tolist() == [[-1, 1], [-1, 1]]


@pytest.mark.parametrize(
    ("text", "label", "message"),
    [
        ("", None, "rows.csv: empty: there are no samples"),
        ("A,B\n", None, "rows.csv: there are column names, but no samples"),
        ("A,B\n0,1\n1\n", None, "csv:3: 1 values, where the first line has 2"),
        ("A,B\n0,1\n1,\n", None, "csv:3: column 'B' has no value"),
        ("A,B\n0,1\n1,x\n", None, "csv:3: column 'B' is no number: 'x'"),
        ("A,B\n0,1\n1,nan\n", None, "csv:3: column 'B' must be finite, not nan"),
        ("A,B\n0,1\n\n1,5\n", None, r"csv:4: column 'B' must be 0/1 or -1/\+1, not 5"),
        ("A,B\n0,1\n1,-1\n", None, r"csv: data must be 0/1 or -1/\+1, not both"),
        ("A,y\n0,1\n1,\n", "y", "csv:3: the sample has no label: column 'y' is ''"),
        ("A,y\n0,nan\n", "y", "csv:2: the sample has no label: column 'y' is 'nan'"),
        ("y\n0\n", "y", "there is no column beside the labels"),
        ("0,x\n", None, "csv:1: column '1' is no number: 'x'"),
        ('0,"1\n', None, "no CSV text"),
    ],
)
def test_bad_csv_is_refused_with_line_and_column(tmp_path, text, label, message):
    with pytest.raises(ParseError, match=message):
        files.read_csv(written(tmp_path, text), label=label)


def test_a_label_column_that_is_not_there_is_refused(tmp_path):
    path = written(tmp_path, "A,B\n0,1\n")
    with pytest.raises(ValueError, match="one of the columns A, B, not 'C'"):
        files.read_csv(path, label="C")


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"\xff\xfe0,1\n")
    with pytest.raises(ParseError, match="no CSV text"):
        files.read_csv(path)
