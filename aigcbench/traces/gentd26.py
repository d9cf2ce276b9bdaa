"""Alibaba's GenTD26: requests to a Stable Diffusion service (alibaba/clusterdata, cluster-trace-v2026-GenAI)."""

from __future__ import annotations

from aigcbench.traces.table import Columns, Row
from aigcbench.traces.trace_format import Request, TraceFormat

COLUMNS = (
    "gmt_create",
    "exec_time_seconds",
    "groupId",
    "prompt_length",
    "negative_prompt_length",
    "num_images_per_prompt",
    "num_inference_steps",
    "checkpoint_model_version_id",
)
NEEDED = ("prompt_length", "num_images_per_prompt", "num_inference_steps", "checkpoint_model_version_id")


def _request(row: Row) -> Request | None:
    """A request; none where the row lacks its parameters, or a run time since it was never executed."""
    runtime = row.number("exec_time_seconds")
    if runtime == 0 or not all(row.text(column) for column in NEEDED):
        return None
    negative = row.number("negative_prompt_length") if row.text("negative_prompt_length") else 0.0
    return Request(
        arrival=row.time_s("gmt_create"),
        steps=row.number("num_inference_steps", 1),
        runtime=runtime,
        input_size=row.number("prompt_length") + negative,
        output_size=row.number("num_images_per_prompt", 1),
        type=row.text("checkpoint_model_version_id"),
        user=row.text("groupId"),
    )


FORMAT = TraceFormat("gentd26", "Alibaba GenTD26, Stable Diffusion requests of 2024", Columns(COLUMNS), _request)
