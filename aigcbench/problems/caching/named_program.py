"""The relaxation of an instance as an integer program with names, for solvers outside this package."""

from __future__ import annotations

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.optimization.model_file import NamedProgram, file_name
from aigcbench.problems.caching.bound import generous_terms
from aigcbench.problems.caching.linear import TANGENTS, Options, cache_model
from aigcbench.problems.caching.slot.terms import terms_of

MAXIMUM_REQUESTS = 20_000  # about 300 MB of text
KINDS = ("cloud_late", "cloud", "idle_late", "idle", "steps_late", "steps")

NOTES = (
    "Caching with a piecewise-linear upload time: maximise minus the mean cost of the requests.",
    "cache_frame<t>_model<m> = 1: model m is cached in frame t.",
    "take_<r>_<kind> = 1: request r = frame<t>_slot<k>_user<u> is served in the cloud, at the edge without a step (idle), or with steps;",
    "_late: after the deadline, at its penalty. share_*, upload_*, steps_*: its share of the band, upload time (s) and steps if so.",
    "tangent<i>_*: the upload time is at least a tangent of its convex curve; the other rows are exact.",
    "The optimum is therefore an upper bound on minus the mean cost of any decisions, to within the tolerances of the checker,",
    "and is off by at most 2 % of the upload times.",
)


def named_program(instance: Instance) -> NamedProgram:
    """The program as text for people; `InputError` above `MAXIMUM_REQUESTS`."""
    if (requests := instance["request"].size) > MAXIMUM_REQUESTS:
        raise InputError(instance.name, f"{requests} requests", f"at most {MAXIMUM_REQUESTS} for an export")
    terms = generous_terms(terms_of(instance))
    frames, slots, users = terms.request.shape
    storage, capacity = instance["model_storage"], float(instance.parameters["storage_gb"])
    model = cache_model(terms, range(frames), storage, capacity)
    taken = option_names(model.options)
    stepped = [name for name, with_steps in zip(taken, model.options.with_steps.tolist(), strict=True) if with_steps]
    punctual = [name for name in stepped if not name.endswith("_late")]
    requested = [f"frame{t}_slot{k}_user{u}" for t in range(frames) for k in range(slots) for u in range(users)]
    all_slots = [f"frame{t}_slot{k}" for t in range(frames) for k in range(slots)]
    columns = [
        *(f"cache_frame{t}_model{m}" for t in range(frames) for m in range(len(storage))),
        *(f"take_{name}" for name in taken),
        *(f"share_{name}" for name in taken),
        *(f"upload_{name}" for name in taken),
        *(f"steps_{name}" for name in stepped),
    ]
    rows = [
        *(f"storage_frame{t}" for t in range(frames)),
        *(f"once_{name}" for name in requested),
        *(f"cached_{name}" for name in requested),
        *(f"band_{name}" for name in all_slots),
        *(f"steps_{name}" for name in all_slots),
        *(f"least_share_{name}" for name in taken),
        *(f"most_share_{name}" for name in taken),
        *(f"tangent{i}_{name}" for i in range(TANGENTS) for name in taken),
        *(f"least_steps_{name}" for name in stepped),
        *(f"most_steps_{name}" for name in stepped),
        *(f"in_time_{name}" for name in punctual),
    ]
    name = file_name(instance.name)
    notes = (f"aigcbench instance {name}, sha256 {instance.sha256}", *NOTES)
    return NamedProgram(name, notes, model.linear, columns, rows)


def option_names(options: Options) -> list[str]:
    """A name for each option."""
    places = zip(*(part.tolist() for part in (options.frame, options.slot, options.user, options.kind)), strict=True)
    return [f"frame{t}_slot{k}_user{u}_{KINDS[kind]}" for t, k, u, kind in places]
