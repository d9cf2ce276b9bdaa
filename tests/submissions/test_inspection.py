"""Ways around an information class, in a policy's source."""

from pathlib import Path

import pytest

from aigcbench.content import content_directory
from aigcbench.discovery import catalogue
from aigcbench.submissions.inspection import ways_around

SUSPICIOUS = {
    "import os": "imports os", "import os.path as p": "imports os.path", "from os import path": "imports path from os",
    "import aigcbench": "imports aigcbench", "import aigcbench as ab": "imports aigcbench", "from aigcbench import make": "imports make",
    "from aigcbench.scenario import scenario_named": "imports scenario_named",
    "from aigcbench.problems.assignment import generator": "imports generator",
    "from aigcbench.problems.assignment.generator import generate": "imports generate", "open('x')": "uses open",
    "f = eval": "uses eval", "__import__('o' + 's')": "uses __import__", "import numpy as np\nnp.memmap('x')": "uses .memmap",
    "from aigcbench.problems.assignment import simulator": "imports simulator",
    "import aigcbench.problems.assignment.simulator as s\ns.run_compiled = print": "imports aigcbench.problems.assignment.simulator",
    "from aigcbench.learning.rollout import scenario_named": "imports scenario_named",
    "from aigcbench.problems.flow import pricing\npricing.single_state()": "uses .single_state",
    "import numpy as np\nnp.board = {}": "line 2: writes into np", "import numpy as np\nnp.board[0] += 1": "writes into np",
    "from aigcbench.solver import Policy\nPolicy.board['now'] = 1": "writes into Policy", "setattr(int, 'a', 1)": "uses setattr",
    "from numba import objmode": "imports objmode", "().__class__.__mro__": "uses .__mro__",
    "().__class__.__subclasses__()": "uses .__subclasses__", "(lambda: 0).__globals__": "uses .__globals__", "def (": "cannot be parsed",
}  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), SUSPICIOUS.items())
def test_what_is_plain_to_see(tmp_path, source, expected):
    """Imports and names that lead to files, processes or instances are named with their line."""
    path = tmp_path / "policy.py"
    path.write_text(source)
    assert any(expected in way for way in ways_around(path))


def test_our_own_policies_need_none_of_it():
    """Every policy that ships is within what is asked of others."""
    root = content_directory("solvers")
    policies = {
        card.location
        for card in catalogue()[0].values()
        if card.kind == "policy" and card.location.startswith(str(root))
    }
    assert {location: ways for location in sorted(policies) if (ways := ways_around(Path(location)))} == {}
