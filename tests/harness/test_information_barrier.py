"""What a policy's process holds: never the instance."""

import json

import numpy as np
import pytest

from aigcbench.harness.cell import Status
from aigcbench.problems.problem import problem_of
from aigcbench.scenario import scenario_named

# The needles stand reversed in the source, and memory is read reversed, so that the search does not find itself.
SEARCH = """
        found, memory = 0, open("/proc/self/mem", "rb", 0)
        for line in open("/proc/self/maps"):
            span, rights = line.split()[:2]
            start, end = (int(text, 16) for text in span.split("-"))
            for at in range(start, end if "r" in rights and "[v" not in line else start, 1 << 24):
                try:
                    memory.seek(at)
                    chunk = memory.read(min(end - at, (1 << 24) + 64))[::-1]
                except (OSError, ValueError, OverflowError):
                    continue
                found += sum(needle in chunk for needle in {needles!r})
        import json
        report = dict(found=found, argv=open("/proc/self/cmdline").read(), environment=dict(os.environ),
            files=[os.readlink(f"/proc/self/fd/{{n}}") for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{{n}}")])
        if not os.path.exists({path!r}):
            open({path!r}, "w").write(json.dumps(report))
"""


@pytest.fixture
def paper():
    """An instance whose arrivals are too many to meet by chance."""
    return scenario_named("assignment/asp-tiny").instance(3)


@pytest.mark.parametrize("kind", ["policy", "planner"])
def test_memory_of_the_process(rogue, run, paper, tmp_path, kind):
    """At its first decision a policy's process holds no future arrival, as text or number; a planner's does."""
    future = paper["task_arrival"][1:5]
    assert len(future) == 4
    needles = [future.tobytes()[::-1], ",".join(str(arrival) for arrival in future).encode()[::-1]]
    path = str(tmp_path / "report.json")
    outcome = run(rogue(SEARCH.format(needles=needles, path=path), kind), on=paper, instance=paper, seconds=60.0)
    assert outcome.status is Status.OK, outcome.detail
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["found"] > 0) == (kind == "planner")
    assert "nursery_process" in report["argv"]
    for word in (paper.scenario, paper.name, paper.sha256):
        assert word not in report["argv"]
        assert word not in json.dumps(report["environment"])
    opened = [file for file in report["files"] if not file.startswith(("/dev/null", "socket:", "/proc/"))]
    assert opened == []


@pytest.mark.parametrize("formulation", ["assignment"])
def test_observations_and_contexts(formulation):
    """An online policy observes less than an informed one, and no utility is in its context."""
    instance = scenario_named(f"{formulation}/asp-tiny").instance(0)
    problem = problem_of(instance)
    online, informed = (problem.context(instance, information) for information in ("online", "informed"))
    assert online.observation_length < informed.observation_length
    episodes = [problem.episode(instance, information) for information in ("online", "informed")]
    assert [len(episode.vector) for episode in episodes] == [online.observation_length, informed.observation_length]
    assert len(online.scale) == online.observation_length
    assert {"utility_line", "type_quality"} <= set(informed.arrays)
    assert not {"utility_line", "type_quality"} & set(online.arrays)


@pytest.mark.parametrize("information", ["online", "informed"])
def test_context_in_the_worker(rogue, run, tiny, tmp_path, information):
    """What arrives in the worker is the context of the policy's class and nothing more."""
    path = str(tmp_path / "context.json")
    source = f"""
        import json
        class Rogue(Declared, Policy):
            information = {information!r}
            def reset(self, context, rng): self.arrays = sorted(context.arrays)
            def act(self, observation):
                names = sorted(name for name in ("utility", "free_steps") if hasattr(observation, name))
                open({path!r}, "w").write(json.dumps([self.arrays, len(observation.vector), names]))
                return 0
    """
    assert run(rogue(source, "source")).status is Status.OK
    arrays, length, names = json.loads((tmp_path / "context.json").read_text())
    context = problem_of(tiny).context(tiny, information)
    assert arrays == sorted(context.arrays)
    assert length == context.observation_length
    assert names == (["free_steps", "utility"] if information == "informed" else ["free_steps"])


def test_random_stream(rogue, run):
    """The solver's random stream depends on solver, instance and seed, not on what ran before."""
    body = "return int(np.random.Generator(np.random.PCG64(0)).integers(3))"
    source = """
        class Rogue(Declared, Policy):
            information = "online"
            def reset(self, context, rng): self.rng = rng
            def act(self, observation): return self.rng.integers(3)
    """
    first = run(rogue(source, "source"))
    run(rogue(body))
    again = run(rogue(source, "source"))
    assert np.array_equal(first.decisions["service"], again.decisions["service"])
    assert len(set(first.decisions["service"].tolist())) > 1
