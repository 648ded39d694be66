"""numpy on one thread: only inside, also for several at once, and with the same numbers."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from coach.encode import blas


class Library:
    """An OpenBLAS that counts what is set."""

    def __init__(self, threads: int) -> None:
        self.threads = threads

    def set(self, threads: int) -> None:
        self.threads = threads


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    made = Library(4)
    monkeypatch.setattr(blas, "_openblas", lambda: blas._Threads(lambda: made.threads, made.set))
    return made


def test_one_thread_inside_and_as_many_as_before_after_it(library: Library) -> None:
    with blas.one_thread():
        with blas.one_thread():
            assert library.threads == 1
        assert library.threads == 1
    assert library.threads == 4


def test_an_error_inside_leaves_it_as_it_was(library: Library) -> None:
    with pytest.raises(ValueError, match="inside"), blas.one_thread():
        raise ValueError("inside")
    assert library.threads == 4


def test_of_several_at_once_the_last_to_leave_sets_it_back(library: Library) -> None:
    both = Barrier(2)

    def read(turn: int) -> list[int]:
        seen = []
        for _ in range(50):
            with blas.one_thread():
                both.wait(20)
                seen.append(library.threads)
        return seen

    with ThreadPoolExecutor(2) as pool:
        assert {n for seen in pool.map(read, range(2)) for n in seen} == {1}
    assert library.threads == 4


def test_nothing_is_done_where_numpy_has_another_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blas, "_openblas", lambda: None)
    with blas.one_thread():
        assert (np.eye(3) @ np.eye(3) == np.eye(3)).all()


@pytest.mark.parametrize("rows", [2, 180, 386])
def test_products_are_the_same_up_to_rounding(rows: int) -> None:
    """Bit for bit on most processors; on some the threads share a product out in another order (seen on an EPYC of 2026)."""
    dice = np.random.default_rng(rows)
    a, b = dice.standard_normal((rows, 384)).astype(np.float32), dice.standard_normal((384, 37)).astype(np.float32)
    many = a @ b
    with blas.one_thread():
        np.testing.assert_allclose(a @ b, many, rtol=0, atol=2e-4)
