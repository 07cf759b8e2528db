from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from peerplan_jupyter.coordination.visibility.kept import Kept
from peerplan_jupyter.coordination.visibility.row import Row, plain

cells = st.text(max_size=12).map(plain)
rows = st.builds(Row, *[cells] * len(Row._fields))
lists = st.dictionaries(cells, st.tuples(cells, st.lists(rows, max_size=3)), max_size=5)


@given(lists)
def test_a_list_is_read_as_it_was_kept(known):
    kept = Kept.of(known)
    assert kept.by_key() == known
    listed = [row for _, several in known.values() for row in several]
    assert kept.rows() == listed
    assert kept._replace(facts="").rows() == [row._replace(facts="") for row in listed]


@given(lists, st.text(), st.text(), st.text())
def test_texts_that_somebody_else_wrote_are_no_error(known, shown, facts, inputs):
    kept = Kept.of(known)
    for other in (
        Kept(shown, facts, inputs),
        kept._replace(shown=shown),
        kept._replace(facts=facts),
        kept._replace(inputs=inputs),
    ):
        found = other.rows()
        assert found is None or all(type(row) is Row for row in found)
        assert type(other.by_key()) is dict
