"""Write a working solver file to start from. It runs and passes 'aigcbench test-solver' as it is.

Example:
  aigcbench new-solver my-rule                      (an online policy)
  aigcbench new-solver my-search --kind planner     (sees the whole instance)
  aigcbench new-solver my-agent --kind learner      (trains a policy)
  aigcbench test-solver my_rule.py
  aigcbench solve instances.d/asp-paper-7.json.gz --solver my_rule.py
"""

from __future__ import annotations

import argparse
import re
from importlib.resources import files
from pathlib import Path
from string import Template

from aigcbench.cli.arguments import refuse_unwritable
from aigcbench.discovery import catalogue
from aigcbench.errors import InputError, one_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("name", help="lower case letters, digits and dashes, e.g. my-rule")
    parser.add_argument("--kind", choices=("policy", "planner", "learner"), default="policy", help="default policy")
    parser.add_argument("--out", default=".", metavar="DIR", help="folder to write to (default: this one)")


def run(options: argparse.Namespace) -> int:
    """Write the file, never over another one."""
    name = options.name
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or len(name) > 60:
        raise InputError("name", one_line(repr(name), 80), "at most 60 of a-z, 0-9 and single dashes, a letter first")
    if name in catalogue()[0]:
        raise InputError("name", f"'{name}' is a solver of the catalogue", "a name of its own")
    path = Path(options.out) / f"{name.replace('-', '_')}.py"
    class_name = "".join(part.capitalize() for part in name.split("-"))
    template = (files("aigcbench.cli") / "templates" / f"{options.kind}.py.txt").read_text(encoding="utf-8")
    refuse_unwritable(str(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(Template(template).substitute(name=name, class_name=class_name))
    except FileExistsError:
        raise InputError(str(path), "exists already", "a new file") from None
    except OSError as error:
        raise InputError(str(path), f"cannot be written ({error.strerror})", "a writable place") from None
    print(f"{path} written; try: aigcbench test-solver {path}")
    return 0
