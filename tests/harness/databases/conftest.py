"""A PostgreSQL server of the tests' own, from the system's packages."""

import getpass
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

DEBIAN = "/usr/lib/postgresql"


def binaries() -> Path | None:
    """The folder of the server's programs: the latest of Debian's, or where ``initdb`` is on the path."""
    found = sorted(Path(DEBIAN).glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def unprivileged() -> str:
    """A user who may run the server, which refuses to be root's."""
    if os.geteuid() != 0:
        return getpass.getuser()
    return next((name for name in ("postgres", "nobody") if name in {user.pw_name for user in pwd.getpwall()}), "")


@pytest.fixture(scope="session")
def server(mark: str) -> Iterator[str]:
    """A running server without a network; what its URLs begin with and what they end with, ``{}`` for the database.

    It outlives single tests, and so does not bear the mark by which they find what they left behind.
    """
    programs, user = binaries(), unprivileged()
    if programs is None or not user:
        pytest.skip("no PostgreSQL server on this machine: apt-get install postgresql")
    become = ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="aigcbench-pg-", dir="/tmp"))  # a short name, since the socket's has a limit
    if become:
        shutil.chown(folder, user)
    data = folder / "data"

    environment = {name: value for name, value in os.environ.items() if value != mark}

    def call(*command: object) -> None:
        whole = [*become, *map(str, command)]
        done = subprocess.run(whole, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    control = [programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
    try:
        call(programs / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync")
        call(*control, "-o", f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off", "start")
        try:
            yield f"postgresql+psycopg://tester@/{{}}?host={folder}"
        finally:
            call(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def database(server: str) -> Callable[[], str]:
    """Makes an empty database; its URL."""
    import psycopg

    numbers = count()

    def create() -> str:
        name = f"store{next(numbers)}"
        with psycopg.connect(server.format("postgres").replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return server.format(name)

    return create
