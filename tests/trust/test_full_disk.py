"""A disk that is full while a store is made."""

import contextlib
import resource

import pytest

from aigcbench.errors import InputError
from aigcbench.harness.store import Store

PAGE_BYTES = 4096


@contextlib.contextmanager
def no_file_beyond(size):
    """Writes beyond so many bytes of any file fail."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("pages", range(0, 20, 2))
def test_store_is_made_later(tmp_path, pages):
    """A store whose making was cut off opens, empty, once there is room."""
    path = tmp_path / "store.sqlite"
    with no_file_beyond(pages * PAGE_BYTES + 100), contextlib.suppress(InputError), Store(path):
        pass
    with Store(path) as store:
        assert store.keys() == set()
