"""Vectors hold what was put in, in the narrowest form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.store.vectors import Names, Numbers, Texts

BATCHES = st.lists(st.lists(st.text(max_size=5), max_size=10), max_size=5)


@given(st.lists(st.lists(st.integers(0, 2**64 - 1), max_size=10), max_size=5))
def test_numbers_widen_as_they_must(batches) -> None:
    """Numbers come back as they went in, whatever came before them."""
    numbers = Numbers()
    for batch in batches:
        numbers.extend(batch)

    assert list(numbers.array) == [number for batch in batches for number in batch]


@pytest.mark.parametrize("wrong", [-1, 2**64])
def test_numbers_refuse_what_no_array_holds(wrong) -> None:
    """A number outside 64 bits raises and adds nothing."""
    numbers = Numbers()
    with pytest.raises(OverflowError):
        numbers.extend([1, wrong])

    assert len(numbers) == 0


@given(BATCHES)
def test_names_keep_each_text_once(batches) -> None:
    """Names come back as they went in; the values are the different texts in first order."""
    names = Names()
    for batch in batches:
        names.extend(batch)
    flat = [text for batch in batches for text in batch]

    assert [names[index] for index in range(len(names))] == flat
    assert names.values == list(dict.fromkeys(flat))


@given(BATCHES)
def test_texts_come_back(batches) -> None:
    """Texts come back as they went in, characters of any width."""
    texts = Texts()
    for batch in batches:
        texts.extend(batch)
    flat = [text for batch in batches for text in batch]

    assert [texts[index] for index in range(len(texts))] == flat
    assert texts.data == "".join(flat).encode()


def test_a_lone_surrogate_does_not_break_the_buffer() -> None:
    """What UTF-8 cannot hold becomes a question mark and shifts nothing."""
    texts = Texts()
    texts.extend(["\ud800", "é"])

    assert [texts[0], texts[1]] == ["?", "é"]


@given(st.lists(st.text(max_size=3), min_size=1, max_size=12), st.data())
def test_entries_keep_their_index_when_the_first_are_dropped(texts, data) -> None:
    """After dropping and growing, what is left is found where it was; what is gone is said."""
    before = data.draw(st.integers(0, len(texts)))
    kept, names = Texts(), Names()
    kept.extend(texts)
    names.extend(texts)
    kept.drop(before)
    names.codes.drop(before)
    kept.extend(texts)
    names.extend(texts)
    both = texts + texts

    for index in range(before, len(both)):
        assert kept[index] == names[index] == both[index]
        joined, ends = kept.part(before, index + 1)
        assert joined == "".join(both[before : index + 1]).encode()
        assert ends[-1] == len(joined)
    assert len(kept) == len(names) == len(both)
    if before:
        with pytest.raises(IndexError, match="was dropped"):
            names[before - 1]
