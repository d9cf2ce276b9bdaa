"""A seeded campaign of faults: ``python benchmarks/faults.py --faults 1000 --seed 0``; the exit code is 1 where one has done harm."""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from pathlib import Path

from fault_campaign.campaign import Campaign


def main() -> int:
    """Run the campaign and print a table of the faults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aigcbench-faults-") as folder:
        campaign = Campaign(
            Path(folder), options.seed, lambda faults: print(*faults, sep=", ", file=sys.stderr, flush=True)
        )
        campaign.run(options.faults)
    for kind, count in sorted(campaign.tried.items()):
        print(f"{kind:24} {count:5}")
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in spent)
    print(f"{campaign.tried.total()} faults tried in {cpu:.0f} CPU-seconds, {len(campaign.failures)} with harm")
    print("\n".join(campaign.failures))
    return 1 if campaign.failures else 0


if __name__ == "__main__":
    sys.exit(main())
