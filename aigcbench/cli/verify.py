"""Hold submissions against the checker: every instance is drawn anew, every score computed anew from the decisions.

Nothing that came with a submission is executed, unless --replay or --strict asks for it: then its solver files are, each in a
process of its own, and every policy decides again, step by step, where the instance never comes and stations that decide alone
have a process each; its decisions must be the same bit by bit.

Exit code 1 when a claim is refused, 2 when something is not even a submission.

Example:
  aigcbench verify leaderboard/submissions/my-rule --strict
  aigcbench verify leaderboard/submissions/* --bounds leaderboard/bounds.csv --store leaderboard.sqlite
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigcbench.cli.arguments import add_json, natural, print_json, refuse_unwritable
from aigcbench.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aigcbench.harness.nursery import Nursery
    from aigcbench.harness.store import Store
    from aigcbench.submissions.bounds import PublishedBound
    from aigcbench.submissions.finding import Finding
    from aigcbench.submissions.submission import Submission


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("submission", nargs="+", metavar="DIR", help="a submission's folder")
    parser.add_argument("--replay", action="store_true", help="re-run the policies whose solver is there")
    parser.add_argument("--strict", action="store_true", help="re-run every policy; refuse those that cannot be")
    parser.add_argument(
        "--fresh",
        type=natural,
        default=0,
        metavar="N",
        help="with them: run policies that came along on N unpublished seeds too, or as many as the test needs",
    )
    parser.add_argument("--bounds", metavar="FILE", help="table of proven bounds (bounds.csv), which no score may pass")
    parser.add_argument("--store", metavar="FILE", help="new store for what is verified, to make a leaderboard of")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Verify."""
    from aigcbench.harness.nursery import Nursery
    from aigcbench.harness.store import Store
    from aigcbench.submissions.bounds import load_bounds
    from aigcbench.submissions.publication import add_bounds, published_twice

    if options.store:
        refuse_unwritable(options.store)
        if Path(options.store).exists():
            raise InputError(options.store, "exists already", "a new file")
    bounds = load_bounds(Path(options.bounds)) if options.bounds else {}
    submissions, malformed = _load(options.submission)
    reports: list[dict[str, Any]] = []
    across = published_twice(submissions)
    partial = Path(f"{options.store}.partial") if options.store else None
    with ExitStack() as stack:
        if partial:
            partial.unlink(missing_ok=True)
        store = stack.enter_context(Store(partial)) if partial else None
        nursery = stack.enter_context(Nursery()) if options.replay or options.strict else None
        if store:
            across += add_bounds(store, bounds)
        for submission in submissions:
            report = _verify(submission, bounds, nursery, options, store)
            reports.append(report)
            malformed += [report["malformed"]] if report["malformed"] else []
            if not options.json:
                print("\n".join(_lines(report)), flush=True)
    refused = [str(finding) for finding in across] + [line for report in reports for line in report["refused"]]
    if not options.json:
        print("".join(f"REFUSED {finding}\n" for finding in across), end="")
    for line in malformed:
        print(f"aigcbench: {line}", file=sys.stderr)
    if partial:
        if malformed or refused:
            partial.unlink(missing_ok=True)
        else:
            partial.rename(options.store)
    if options.json:
        print_json({"submissions": reports, "refused": refused, "malformed": malformed})
    return 2 if malformed else 1 if refused else 0


def _load(paths: list[str]) -> tuple[list[Submission], list[str]]:
    """The submissions that are sound in form, and a line for each that is not."""
    from aigcbench.submissions.submission import Submission

    submissions, malformed = [], []
    for path in paths:
        try:
            submissions.append(Submission.load(Path(path)))
        except InputError as error:
            malformed.append(str(error))
    return submissions, malformed


def _verify(
    submission: Submission,
    bounds: Mapping[str, PublishedBound],
    nursery: Nursery | None,
    options: argparse.Namespace,
    store: Store | None,
) -> dict[str, Any]:
    """Verify one submission, into a store if there is one; what came of it."""
    from aigcbench.submissions.declarations import Declarations
    from aigcbench.submissions.fresh import FreshSeeds
    from aigcbench.submissions.publication import add_verified
    from aigcbench.submissions.replay import Replay
    from aigcbench.submissions.verification import Verification

    report: dict[str, Any] = {"name": submission.metadata.name, "rows": len(submission.rows), "replayed": 0}
    report |= {"refused": [], "malformed": ""}
    findings: list[Finding] = []
    try:
        declarations = Declarations(submission.folder.solver_files() if nursery else [])
        verification = Verification(submission, declarations, bounds)
        findings = verification.findings
        replay = Replay(submission, declarations, nursery, options.strict) if nursery else None
        fresh = FreshSeeds(replay, nursery, options.fresh) if replay and nursery and options.fresh else None
        for verified in verification.rows():
            if replay:
                findings += replay.findings(verified.row, verified.instance, verified.decisions)
                report["replayed"] = replay.count
            if fresh:
                fresh.note(verified)
            if store:
                add_verified(store, submission, verified)
        findings += fresh.findings() if fresh else []
    except InputError as error:
        report["malformed"] = str(error)
    report["refused"] = [str(finding) for finding in findings]
    return report


def _lines(report: Mapping[str, Any]) -> list[str]:
    """A submission's report, a line for each finding."""
    if report["malformed"]:
        return [f"{report['name']}: MALFORMED"]
    counts = f"{report['rows']} rows re-scored, {report['replayed']} re-run"
    verdict = f"{len(report['refused'])} claims REFUSED" if report["refused"] else "all claims hold"
    return [
        *(f"{report['name']}: REFUSED {line}" for line in report["refused"]),
        f"{report['name']}: {counts}, {verdict}",
    ]
