"""The loaders as the fuzzer has them."""

import pytest
from fuzzing.targets import Targets


@pytest.fixture(scope="session")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Targets:
    """All loaders, with one folder for their files."""
    return Targets(tmp_path_factory.mktemp("targets"))
