"""A linear or integer program in arrays, the same for every solver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix


@dataclass(frozen=True, eq=False)
class LinearProgram:
    """Maximise ``objective @ x`` subject to ``row_lower <= matrix @ x <= row_upper`` and ``lower <= x <= upper``.

    Parameters
    ----------
    objective, lower, upper
        float64 (columns,); infinities stand for missing bounds.
    integer
        bool (columns,): whether the column takes whole numbers only.
    matrix
        (rows, columns).
    row_lower, row_upper
        float64 (rows,).
    """

    objective: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    integer: np.ndarray
    matrix: csr_matrix
    row_lower: np.ndarray
    row_upper: np.ndarray


class LinearProgramBuilder:
    """Collects columns, rows and entries, many at a time."""

    def __init__(self) -> None:
        self._columns: list[np.ndarray] = []
        self._rows: list[np.ndarray] = []
        self._entries: list[np.ndarray] = []
        self.n_columns = 0
        self.n_rows = 0

    def add_columns(
        self, count: int, objective: np.ndarray | float, upper: np.ndarray | float, integer: bool
    ) -> np.ndarray:
        """Add columns with lower bound 0; return their indices (int64, count)."""
        self._columns.append(_table(count, objective, 0.0, upper, float(integer)))
        self.n_columns += count
        return np.arange(self.n_columns - count, self.n_columns)

    def add_rows(self, count: int, lower: np.ndarray | float, upper: np.ndarray | float) -> np.ndarray:
        """Add empty rows; return their indices (int64, count)."""
        self._rows.append(_table(count, lower, upper))
        self.n_rows += count
        return np.arange(self.n_rows - count, self.n_rows)

    def add_entries(self, rows: np.ndarray, columns: np.ndarray, values: np.ndarray | float) -> None:
        """Add ``values`` to the matrix at (rows, columns); several for one place add up."""
        rows, columns = np.broadcast_arrays(rows, columns)
        self._entries.append(_table(rows.size, rows.ravel(), columns.ravel(), values))

    def add_row(self, terms: list[tuple[int, float]], lower: float, upper: float) -> None:
        """Add one row of (column, value) terms."""
        row = self.add_rows(1, lower, upper)
        columns, values = np.array(terms, dtype=np.float64).reshape(-1, 2).T
        self.add_entries(np.repeat(row, len(columns)), columns.astype(np.int64), values)

    def build(self) -> LinearProgram:
        """The program."""
        objective, lower, upper, integer = np.concatenate([np.empty((4, 0)), *self._columns], axis=1)
        row_lower, row_upper = np.concatenate([np.empty((2, 0)), *self._rows], axis=1)
        rows, columns, values = np.concatenate([np.empty((3, 0)), *self._entries], axis=1)
        places = (rows.astype(np.int64), columns.astype(np.int64))
        matrix = csr_matrix((values, places), shape=(self.n_rows, self.n_columns))
        return LinearProgram(objective, lower, upper, integer > 0, matrix, row_lower, row_upper)


def _table(count: int, *values: np.ndarray | float) -> np.ndarray:
    """Stack values, each repeated to ``count`` where it is one number; float64 (values, count)."""
    return np.stack([np.broadcast_to(np.asarray(value, np.float64), (count,)) for value in values])
