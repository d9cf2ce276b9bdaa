"""Plans: what is wrong is told in one line, with field and place."""

import pytest

from aigcbench.errors import InputError
from aigcbench.harness.checkpoints import Checkpoints
from aigcbench.harness.plan import SCHEMA, load_plan, parse_plan, plan_names
from aigcbench.solver import BUDGETS, Budget

GOOD = {"schema": SCHEMA, "scenarios": ["assignment/asp-tiny"], "solvers": ["prophet"]}

BAD = {
    "unknown key": ({"scenario": []}, "p: unknown key 'scenario'; expected 'scenarios'?"),
    "summary": ({"summary": 3}, "p: summary: 3; expected a text"),
    "scenarios": ({"scenarios": "assignment/asp-tiny"}, "p: scenarios: 'assignment/asp-tiny'; expected a list"),
    "a scenario": ({"scenarios": ["assignment/asp-tiny", 3]}, "p: scenarios[1]: 3; expected str"),
    "unknown scenario": (
        {"scenarios": ["assignment/asp-tny"]},
        "p: scenarios[0]: scenario: unknown name 'assignment/asp-tny'; expected 'assignment/asp-tiny'?",
    ),
    "scenario twice": ({"scenarios": ["assignment/asp-tiny"] * 2}, "p: scenarios[1]: 'assignment/asp-tiny' stands twice"),
    "instances": ({"instances": -1}, "p: instances: -1; expected a number in 1.."),
    "endless instances": ({"instances": 10**18}, "p: instances: 1000000000000000000; expected a number in 1.."),
    "an instance": ({"instances": [0, -1]}, "p: instances[1]: -1; expected int >= 0"),
    "instances true": ({"instances": True}, "p: instances: True; expected a list"),
    "instance twice": ({"instances": [4, 4]}, "p: instances[1]: 4 stands twice"),
    "files": ({"files": {}}, "p: files: {}; expected a list"),
    "missing file": ({"files": ["none.json"]}, "p: files[0]: none.json: cannot be read (No such file or directory)"),
    "unknown solver": ({"solvers": ["prohet"]}, "p: solvers[0]: solver: unknown name 'prohet'; expected 'prophet'?"),
    "a solver": ({"solvers": ["prophet", 3]}, "p: solvers[1]: 3; expected a name or { name"),
    "a nameless solver": ({"solvers": [{"parameters": {}}]}, "p: solvers[0]: {'parameters': {}}; expected a name"),
    "solver key": ({"solvers": [{"name": "prophet", "params": {}}]}, "p: solvers[0]: unknown key 'params'"),
    "solver parameters": ({"solvers": [{"name": "prophet", "parameters": 3}]}, "p: solvers[0].parameters: 3; expected a table"),
    "solver parameter": (
        {"solvers": [{"name": "learned-greedy", "parameters": {"optimsm": 1}}]},
        "p: solvers[0]: solver learned-greedy: unknown key 'optimsm'; expected 'optimism'?",
    ),
    "solver value": (
        {"solvers": [{"name": "learned-greedy", "parameters": {"optimism": "x"}}]},
        "p: solvers[0]: solver learned-greedy: optimism: 'x' is not of type float",
    ),
    "solver twice": ({"solvers": ["prophet", {"name": "prophet"}]}, "p: solvers[1]: 'prophet' stands twice"),
    "missing solver file": ({"solvers": ["none.py"]}, "p: solvers[0]: "),
    "seeds": ({"seeds": 3}, "p: seeds: 3; expected a list"),
    "a seed": ({"seeds": [1.5]}, "p: seeds[0]: 1.5; expected int >= 0"),
    "a large seed": ({"seeds": [2**63]}, "p: seeds[0]: 9223372036854775808"),
    "limits": ({"limits": 3}, "p: limits: 3; expected a table"),
    "unknown limit": ({"limits": {"seconds": 1}}, "p: limits: unknown key 'seconds'"),
    "a limit": ({"limits": {"wall_seconds": 0}}, "p: limits: limits.wall_seconds: 0; expected a number above 0"),
    "limit of a wrong type": ({"limits": {"memory_mb": "1 GB"}}, "p: limits.memory_mb: '1 GB'; expected a number"),
    "limit true": ({"limits": {"threads": True}}, "p: limits.threads: True; expected a number"),
    "half a thread": ({"limits": {"threads": 1.5}}, "p: limits: limits.threads: 1.5; expected a whole number"),
    "half an accelerator": ({"limits": {"gpus": 0.5}}, "p: limits: limits.gpus: 0.5; expected a whole number"),
    "limit NaN": ({"limits": {"wall_seconds": float("nan")}}, "p: limits: limits.wall_seconds: nan"),
    "budget": ({"budget": {"cpu_seconds": -1}}, "p: budget: budget.cpu_seconds: -1; expected a number above 0"),
    "a budget by a wrong name": ({"budget": "quik"}, "p: budget: 'quik'; expected a table, or one of quick, standard, paper"),
    "training seeds": ({"training_seeds": 1}, "p: training_seeds: 1; expected a list"),
    "a training seed": ({"training_seeds": [-1]}, "p: training_seeds[0]: -1; expected int >= 0"),
    "trained on nothing": (
        {"solvers": [{"name": "prophet", "trained_on": "assignment/asp-tiny"}]},
        "p: solvers[0].trained_on: 'assignment/asp-tiny'; expected a scenario's name, for a learner",
    ),
    "bound": ({"bound_seconds": "5"}, "p: bound_seconds: '5'; expected a number of seconds >= 0"),
    "no solvers": ({"solvers": []}, "p: no cells; expected at least one scenario or file"),
    "no seeds": ({"seeds": []}, "p: no cells"),
    "no instances": ({"instances": []}, "p: no cells"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD)
def test_bad_plan(change, message):
    """A malformed plan is refused with field, place and what was expected."""
    with pytest.raises(InputError) as caught:
        parse_plan(GOOD | change, "p")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"schema = ", "not TOML"),
        (b'schema = "other/1"', "schema 'other/1'; expected 'aigcbench-plan/1'"),
        (b"", "schema None; expected 'aigcbench-plan/1'"),
        (b"\xff\xfe", "not TOML"),
        (b"x = " + b"9" * 5000, "not TOML"),
        (b"x = " + b"[" * 5000, "not TOML"),
        (None, "cannot be read (No such file or directory)"),
        ("a folder", "cannot be read (Is a directory)"),
    ],
    ids=["no TOML", "another schema", "no schema", "no UTF-8", "a huge number", "deep", "missing", "a folder"],
)
def test_bad_plan_file(tmp_path, content, message):
    """What is no plan file is refused in one line with its path."""
    path = tmp_path / "plan.toml"
    if content == "a folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_plan(str(path))
    assert str(caught.value).startswith(f"{path}: {message}")
    assert "\n" not in str(caught.value)


def test_unknown_plan():
    """An unknown name is told with the known ones."""
    with pytest.raises(InputError, match=r"unknown name 'demmo'; expected a .toml file or one of .*demo, "):
        load_plan("demmo")


@pytest.mark.parametrize("name", plan_names())
def test_shipped_plan(name):
    """Every shipped plan loads and has cells."""
    assert load_plan(name).n_cells > 0


def test_cells(tmp_path, tiny):
    """A plan's cells are solvers times seeds on every instance, drawn or from a file."""
    tiny.save(tmp_path / "tiny.json.gz")
    change = {"instances": [5, 7], "seeds": [0, 1, 2], "files": [str(tmp_path / "tiny.json.gz")]}
    plan = parse_plan(GOOD | change | {"solvers": ["prophet", "random"], "limits": {"wall_seconds": 3}}, "p")
    instances = list(plan.draw())
    assert [instance.seed for instance in instances] == [5, 7, 0]
    assert (plan.n_instances, plan.n_cells) == (3, 18)
    cells = [cell for instance in instances for cell in plan.cells(instance, Checkpoints())]
    assert len({cell.key for cell in cells}) == 18
    assert {cell.limits.wall_seconds for cell in cells} == {3}


def test_a_solver_runs_where_it_belongs():
    """In a plan over several formulations a solver has cells on those that it solves; one that solves none says so on all."""
    scenarios = ["assignment/asp-tiny", "offloading/tiny"]
    plan = parse_plan(GOOD | {"scenarios": scenarios, "instances": 2, "solvers": ["prophet", "opt-ts", "rcars"]}, "p")
    cells = [cell for instance in plan.draw() for cell in plan.cells(instance, Checkpoints())]
    assert {(cell.card.name, cell.formulation) for cell in cells} == {
        ("prophet", "assignment"),
        ("opt-ts", "offloading"),
        ("rcars", "assignment"),
        ("rcars", "offloading"),
    }
    assert plan.n_cells == len(cells) == 8


def test_trainings(climber):
    """A learner has a cell for every training seed, and an order for every scenario and training seed if it is to train."""
    path = str(climber())
    table = GOOD | {"solvers": ["prophet", path], "instances": 2, "seeds": [0, 1], "training_seeds": [3, 4, 5]}
    plan = parse_plan(table, "p")
    assert (plan.n_cells, plan.orders(), plan.budget) == (2 * (1 + 3) * 2, [], None)
    cells = [cell for instance in plan.draw() for cell in plan.cells(instance, Checkpoints())]
    assert len({cell.key for cell in cells}) == plan.n_cells
    assert [cell.training_seed for cell in cells[:8]] == [None, None, 3, 3, 4, 4, 5, 5]
    for given, budget in (("quick", BUDGETS["quick"]), ({"updates": 7}, Budget(updates=7))):
        orders = parse_plan(table | {"budget": given}, "p").orders()
        assert [(order.training.task, order.training.seed) for order in orders] == [
            ("assignment/asp-tiny", k) for k in (3, 4, 5)
        ]
        assert {order.training.budget for order in orders} == {budget}
