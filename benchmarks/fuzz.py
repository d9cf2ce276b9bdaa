"""Coverage-guided fuzzing of one loader: ``python benchmarks/fuzz.py --target instance --seconds 60``.

Files that make a loader fail stay behind as ``crash-*`` in the folder of ``--findings``; the exit code is then not 0. Every
input must be done within 10 s and 2 GB. Needs atheris (Linux), of the ``dev`` extra.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["aigcbench.schema", "aigcbench.instance", "aigcbench.scenario", "aigcbench.decisions", "aigcbench.checkpoint",
             "aigcbench.harness.plan", "aigcbench.submissions"],
):  # fmt: skip
    from fuzzing.hostile import mutate
    from fuzzing.targets import NAMES, Targets, survives

STRUCTURED = 0.5
"""Share of the inputs that are changed in their structure rather than in their bytes."""


def main() -> None:
    """Fuzz until the time is over; libFuzzer ends the process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", choices=NAMES, required=True)
    parser.add_argument("--seconds", type=int, default=60)
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
        f"-max_total_time={options.seconds}", f"-seed={options.seed}", f"-artifact_prefix={options.findings}/",
        "-timeout=10", "-rss_limit_mb=2048", "-max_len=100000", str(folder / "corpus"),
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *arguments], lambda data: survives(target, data) and None, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
