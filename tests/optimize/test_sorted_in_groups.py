"""Sorting source by source, and rows of few entries: the same as the plain way."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from optimize.problem import ascending, order_within, running_most
from optimize.solver import Matrix, Program, solve_program


@given(
    st.lists(st.integers(0, 6), max_size=12),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_groups_are_sorted_as_one_sort_of_all_would(widths, shuffled, random):
    """Of even groups, uneven ones, one much larger than the others, and none in order."""
    group = np.repeat(np.arange(len(widths)) * 3, np.array(widths, dtype=np.int64))
    if shuffled:
        group = np.array(random.sample(group.tolist(), len(group)), dtype=np.int64)
    keys = [
        np.array([random.randint(-1, 1) for _ in group], dtype=kind) for kind in (int, float, int)
    ]
    assert order_within(group, keys).tolist() == np.lexsort((*keys, group)).tolist()


@given(st.lists(st.tuples(*[st.integers(-2, 2)] * 3), max_size=12), st.integers(0, 2))
def test_ties_of_the_first_key_are_settled_by_the_others_then_by_place(rows, ties):
    """Python sorts tuples by their parts in turn, and equal ones stay as they stood."""
    keys = [np.array([row[n] for row in rows], dtype=float) for n in range(ties + 1)]
    expected = sorted(range(len(rows)), key=lambda n: rows[n][: ties + 1])
    assert ascending(*keys).tolist() == expected


@given(st.lists(st.lists(st.integers(-3, 3), min_size=1, max_size=9), max_size=6))
def test_the_most_so_far_begins_anew_with_each_owner(values):
    owner = np.repeat(np.arange(len(values)), [len(own) for own in values])
    given_values = np.array([v for own in values for v in own], dtype=np.int64)
    expected = [max(own[: n + 1]) for own in values for n in range(len(own))]
    assert running_most(owner, given_values).tolist() == expected


def test_a_matrix_holds_its_rows_in_the_order_of_columns():
    """Two rows of an array above two of marks; the one without entries stays."""
    top = Matrix.of(np.array([[0.0, 2.5, -1.0], [0.0, 0.0, 0.0]]))
    both = top.above(Matrix.marks((2, 3), np.array([1, 0, 1]), np.array([0, 1, 2])))
    assert both.shape == (4, 3)
    assert both.indptr.tolist() == [0, 2, 2, 3, 5]
    assert both.indices.tolist() == [1, 2, 1, 0, 2]
    assert both.data.tolist() == [2.5, -1.0, 1.0, 1.0, 1.0]


def test_a_variable_that_occurs_nowhere_is_zero():
    """Least of x + 2 y with x + y >= 3 and x <= 2: x = 2, y = 1; z costs and limits nothing."""
    program = Program(
        cost=np.array([1.0, 0.0, 2.0]),
        rows=Matrix.of(np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])),
        low=np.array([3.0, -np.inf]),
        high=np.array([np.inf, np.inf]),
        lower=np.zeros(3),
        upper=np.array([2.0, 9.0, 9.0]),
    )
    found = solve_program(program)
    assert (found.answer, found.x.tolist(), found.bound) == ("optimal", [2.0, 0.0, 1.0], 4.0)
    assert found.price.tolist() == [2.0, 0.0]
