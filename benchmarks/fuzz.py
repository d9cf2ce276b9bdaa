"""Coverage-guided fuzzing of one loader: ``python benchmarks/fuzz.py --target instance --seconds 60``.

Files that make a loader fail stay behind as ``crash-*``, ``timeout-*`` or ``oom-*`` in the folder of ``--findings``; the exit code
is then not 0. Every input must be done within ``--patience`` seconds and 2 GB. Needs atheris (Linux), of the ``dev`` extra.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["aigcbench.schema", "aigcbench.instance", "aigcbench.scenario", "aigcbench.decisions", "aigcbench.checkpoint",
             "aigcbench.harness.plan", "aigcbench.submissions"],
):  # fmt: skip
    from fuzzing.hostile import mutate
    from fuzzing.targets import NAMES, Target, Targets, taken

STRUCTURED = 0.5
"""Share of the inputs that are changed in their structure rather than in their bytes."""


class Trial:
    """Gives inputs to a loader until its CPU time is over; then ends the process, since libFuzzer only knows the wall clock.

    Parameters
    ----------
    name, target
        The loader.
    seconds
        CPU time, beyond that of the preparation.
    folder
        Removed at the end.
    """

    def __init__(self, name: str, target: Target, seconds: float, folder: Path) -> None:
        self._name, self._target, self._seconds, self._folder = name, target, seconds, folder
        self._start = time.process_time()
        self._tried = self._taken = 0

    def __call__(self, data: bytes) -> None:
        """Try one input; whatever is no clean refusal ends the process in libFuzzer's way."""
        self._tried += 1
        self._taken += taken(self._target, data)
        spent = time.process_time() - self._start
        if spent >= self._seconds:
            shutil.rmtree(self._folder)
            print(f"| {self._name} | {spent:.0f} | {self._tried:,} | {self._taken:,} | 0 |", flush=True)
            os._exit(0)


def main() -> None:
    """Fuzz until the time is over, or something is found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", choices=NAMES, required=True)
    parser.add_argument("--seconds", type=float, default=60, help="of CPU time")
    parser.add_argument("--patience", type=int, default=10, help="wall-clock seconds for one input")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"), help="folder for inputs that fail")
    options = parser.parse_args()
    options.findings.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="aigcbench-fuzz-"))
    (folder / "corpus").mkdir()
    target = Targets(folder)[options.target]
    for k, data in enumerate(target.sound):
        (folder / "corpus" / str(k)).write_bytes(data)

    def change(data: bytes, most: int, seed: int) -> bytes:
        """A structured change of a sound file, or libFuzzer's own of its bytes."""
        rng = random.Random(seed)
        if rng.random() < STRUCTURED:
            return mutate(rng.choice(target.sound), target.form, rng)[:most]
        return bytes(atheris.Mutate(data, most))

    arguments = [
        f"-seed={options.seed}", f"-artifact_prefix={options.findings}/", f"-timeout={options.patience}", "-rss_limit_mb=2048",
        "-max_len=100000", "-verbosity=0", str(folder / "corpus"),
    ]  # fmt: skip
    trial = Trial(options.target, target, options.seconds, folder)
    atheris.Setup([sys.argv[0], *arguments], trial, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
