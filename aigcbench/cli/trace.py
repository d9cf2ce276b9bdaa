"""Turn a request trace of a real service into instances with the fleet of a scenario, and a plan that runs them.

The trace is put on the scenario's clock so that its mean rate is the scenario's; steps, run times and sizes follow the trace around
the scenario's means (docs/traces.md has the rules, and where to get the traces). Each window is one instance, its seed the index.

Formats:
  gentd26     Alibaba GenTD26: gmt_create, exec_time_seconds, num_inference_steps, ...
  azure-llm   Azure LLM inference trace: TIMESTAMP, ContextTokens, GeneratedTokens
  csv         arrival_s, steps and, where known, runtime_s, input_size, output_size, type, user

Example:
  aigcbench trace import gentd26.csv --format gentd26 --to assignment/asp-paper --start 345600 --windows 5 --out traced
  aigcbench run traced/gentd26-assignment-asp-paper.toml --store traced.sqlite
  aigcbench leaderboard --store traced.sqlite --out traced-board

  aigcbench trace import azure.csv --format azure-llm --to flow/paper --rate 2 --out traced          (twice the load)
  aigcbench trace import gentd26.csv --format gentd26 --to offloading/paper --start 864000 --duration 432000 --out traced
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from aigcbench.cli.arguments import add_json, amount, positive, print_json
from aigcbench.errors import InputError, one_line
from aigcbench.instance import Instance, write_file
from aigcbench.traces.formats import FORMATS

MAXIMUM_WINDOWS = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("action", choices=("import",), help="what to do")
    parser.add_argument("file", metavar="FILE", help="the trace, a CSV file")
    parser.add_argument("--format", required=True, choices=tuple(FORMATS), help="what the columns are")
    parser.add_argument(
        "--to", required=True, metavar="SCENARIO", help="whose fleet, scalars and means the instances have"
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to write to")
    parser.add_argument(
        "--rate", type=_rate, default=1.0, metavar="X", help="times the scenario's mean rate (default 1)"
    )
    parser.add_argument(
        "--start", type=_start, default=0.0, metavar="S", help="first window, s of the trace after its first request (default 0)"
    )  # fmt: skip
    parser.add_argument(
        "--duration", type=amount, metavar="S", help="of a window, s of the trace (default: what the scenario's horizon holds)"
    )  # fmt: skip
    parser.add_argument("--windows", type=_windows, default=1, metavar="N", help="one after the other (default 1)")
    parser.add_argument(
        "--name", type=_name, help="of the trace in the instances (default: the format, for csv the file)"
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Import."""
    from aigcbench.scenario import scenario_named
    from aigcbench.traces.mapping import mapping_of
    from aigcbench.traces.plan import plan_text
    from aigcbench.traces.windows import Selection, clock_of, instances_of

    path, scenario = Path(options.file), scenario_named(options.to)
    mapping_of(scenario.formulation)  # refused before the trace is read
    trace = options.name or _name_of(path if options.format == "csv" else Path(options.format))
    name = f"{trace}/{scenario.name}{'' if options.rate == 1 else _load_mark(options.rate)}"
    stem = Path(options.out) / name.replace("/", "-")
    requests, left_out = FORMATS[options.format].read(path)
    selection = Selection(options.rate, options.start, options.duration, options.windows)
    clock = clock_of(requests, scenario, options.rate)
    rows = []
    if not options.json:
        print(f"{path}: {len(requests)} requests in {requests.span_s:.0f} s, {left_out} rows left out")
        print(f"1 s of the trace is {clock:.4g} s of {scenario.name}")
    for instance in instances_of(requests, scenario, name, selection):
        file = Path(f"{stem}-{instance.seed}.json.gz")
        _save(instance, file)
        rows.append({"file": str(file), "name": instance.name, "sha256": instance.sha256})
        if not options.json:
            print(f"{file}  sha256 {instance.sha256[:16]}")
    if not rows:
        raise InputError("--start, --duration", "no window holds a request", "a longer or another part of the trace")
    plan = Path(f"{stem}.toml")
    files = [Path(row["file"]) for row in rows]
    write_file(plan, plan_text(scenario.formulation, f"{name}: imported from {path.name}", files).encode())
    if options.json:
        print_json(
            {"requests": len(requests), "left_out": left_out, "clock": clock, "plan": str(plan), "instances": rows}
        )
    else:
        print(
            f"{len(rows)} instances of {options.windows} windows; next: aigcbench run {plan} --store {stem.name}.sqlite"
        )
    return 0


def _save(instance: Instance, file: Path) -> None:
    """Write an instance, never over another one."""
    if not file.exists():
        instance.save(file)
    elif Instance.load(file).sha256 != instance.sha256:
        raise InputError(str(file), "is another instance", "another folder or --name, or no file of this name")


def _name_of(path: Path) -> str:
    """A trace's name from a file's."""
    return re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:60].strip("-") or "trace"


def _load_mark(rate: float) -> str:
    """``-x2`` for the rate 2, ``-x1-5`` for 1.5: instances of another load are another scenario."""
    return f"-x{rate:g}".replace(".", "-")


def _name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text) or len(text) > 60:
        raise argparse.ArgumentTypeError(f"'{one_line(text, 40)}' is not at most 60 of a-z, 0-9 and single dashes")
    return text


def _rate(text: str) -> float:
    value = amount(text)
    if not 0.001 <= value <= 1000:
        raise argparse.ArgumentTypeError(f"'{one_line(text, 40)}' is not a number from 0.001 to 1000")
    return value


def _start(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9:
        raise argparse.ArgumentTypeError(f"'{one_line(text, 40)}' is not a number from 0 to 1e9")
    return value


def _windows(text: str) -> int:
    value = positive(text)
    if value > MAXIMUM_WINDOWS:
        raise argparse.ArgumentTypeError(f"{value} is too many; expected at most {MAXIMUM_WINDOWS:,}")
    return value
