import networkx as nx
import pytest

from compilers.formats import write_rudy


@pytest.fixture
def petersen(tmp_path):
    """A graph whose maximum cut is 12, as a file."""
    path = tmp_path / "petersen.txt"
    graph = nx.petersen_graph()
    write_rudy(nx.convert_node_labels_to_integers(graph, first_label=1), path)
    return path
