"""Write an instance as an integer program, for any other solver (Gurobi, CPLEX, SCIP, HiGHS, CBC, ...).

Columns are named after tasks and services. The comment at the head of the file says what the program is. Where an instance
forbids rejection the program is exact for tiny instances only, and else a relaxation: its optimum bounds the utility.

Example:
  aigcbench export instances.d/asp-paper-7.json.gz --format mps --out asp-paper-7.mps
"""

from __future__ import annotations

import argparse

from aigcbench.cli.arguments import add_json, print_json, refuse_unwritable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("instance", help="an instance file")
    parser.add_argument("--format", choices=("mps", "lp"), default="mps", help="free MPS or CPLEX LP (default mps)")
    parser.add_argument("--out", required=True, metavar="FILE", help="file to write; compressed if it ends in .gz")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Export."""
    from aigcbench.instance import write_file
    from aigcbench.optimization.model_file import FORMATS
    from aigcbench.problems.problem import load_instance, problem_of

    refuse_unwritable(options.out)
    instance = load_instance(options.instance)
    program = problem_of(instance).integer_program(instance)
    write_file(options.out, FORMATS[options.format](program).encode())
    n_rows, n_columns = program.linear.matrix.shape
    size = {"columns": n_columns, "rows": n_rows, "entries": int(program.linear.matrix.nnz)}
    if options.json:
        print_json({"file": options.out, "instance": instance.name, "notes": list(program.notes)} | size)
    else:
        print(f"{options.out}: {', '.join(f'{count} {what}' for what, count in size.items())}")
        print("\n".join(f"  {note}" for note in program.notes))
    return 0
