"""``aigcbench VERB ...``: parse, run the verb, turn bad input into one line and exit code 2."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from aigcbench.errors import InfrastructureError, InputError, one_line

# Verb, module, one line of help. Modules are imported only for the verb that is called, so that --help starts at once.
VERBS = {
    "list": ("list_content", "List scenarios, solvers, plans, checkpoints or instance files"),
    "info": ("info", "Describe a scenario, a solver, a plan or an instance file"),
    "generate": ("generate", "Draw instances of a scenario into files"),
    "trace": ("trace", "Turn a request trace of a real service into instances of a scenario's fleet"),
    "solve": ("solve", "Run one solver on one instance, write its decisions, show its score"),
    "show": ("show", "Draw an instance, or decisions on it, as a picture"),
    "check": ("check", "Score decisions, or recompute a whole store from its decisions"),
    "run": ("run", "Run a plan (solvers x instances x seeds) into a store; resumes by itself"),
    "train": ("train", "Train a learner on a scenario or in a Gymnasium environment, into a checkpoint"),
    "tune": ("tune", "Tune a policy's numeric parameters on training instances"),
    "submit": ("submit", "Write a store's results as a submission for the published leaderboard"),
    "verify": ("verify", "Hold submissions against the checker, and make the leaderboard's store of them"),
    "leaderboard": ("leaderboard", "Show a store as tables and as one HTML page"),
    "reproduce": ("reproduce", "Run what a paper's figure shows, and hold the results against what it prints"),
    "bounds": ("bounds", "Compute proven bounds of instances"),
    "best-known": ("best_known", "Show the best known scores of the frozen instances, or improve them from a store"),
    "export": ("export", "Write an instance as an integer program for other solvers"),
    "new-solver": ("new_solver", "Write a working solver file to start from"),
    "test-solver": ("test_solver", "Try somebody's solver file: contract, legality, determinism, time"),
}

DESCRIPTION = """\
The benchmark for scheduling AI-generated-content services at network edges.

  scenario --generate--> instance --solve--> decisions --check--> score --> store --> leaderboard

A first result in a second:
  aigcbench generate assignment/asp-paper --seed 7 --out instances.d
  aigcbench solve instances.d/asp-paper-7.json.gz --solver prophet

A first comparison in minutes:
  aigcbench run demo --store demo.sqlite
  aigcbench leaderboard --store demo.sqlite --out demo
"""
EPILOG = "'aigcbench VERB --help' explains each with an example. Exit codes: 0 fine, 1 a check failed, 2 bad input."


class _Parser(argparse.ArgumentParser):
    """A parser that tells an error in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"aigcbench: {one_line(message)}; see '{self.prog} --help'\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(
            errors="backslashreplace"
        )  # a file name or a terminal of another encoding is no reason to fail
    options = _parser(given).parse_args(given)
    try:
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except InputError as error:
        print(f"aigcbench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("aigcbench: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has left, e.g. `| head`
        _discard_output()
        return 0
    except (OSError, InfrastructureError) as error:  # the machine says no: disk full, too many processes, ...
        print(f"aigcbench: {one_line(error)}", file=sys.stderr)
        _discard_output()
        return 2


def _discard_output() -> None:
    """Let the interpreter's last flush of standard output succeed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    """The parser, with the arguments of the one verb that is called."""
    from aigcbench import __version__

    raw = argparse.RawDescriptionHelpFormatter
    parser = _Parser(prog="aigcbench", description=DESCRIPTION, epilog=EPILOG, formatter_class=raw)
    parser.add_argument("--version", action="version", version=f"aigcbench {__version__}")
    verbs = parser.add_subparsers(title="verbs", dest="verb", metavar="VERB", required=True, parser_class=_Parser)
    for verb, (module_name, summary) in VERBS.items():
        if verb in given[:1]:
            module = importlib.import_module(f"aigcbench.cli.{module_name}")
            child = verbs.add_parser(verb, help=summary, description=module.__doc__, formatter_class=raw)
            module.add_arguments(child)
            child.set_defaults(run=module.run)
        else:
            verbs.add_parser(verb, help=summary)
    return parser


if __name__ == "__main__":
    sys.exit(main())
