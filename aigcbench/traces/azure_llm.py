"""Azure's LLM inference traces of 2023 and 2024 (Azure/AzurePublicDataset)."""

from __future__ import annotations

from aigcbench.traces.table import Columns, Row
from aigcbench.traces.trace_format import Request, TraceFormat

COLUMNS = ("TIMESTAMP", "ContextTokens", "GeneratedTokens")


def _request(row: Row) -> Request:
    """A request. Each generated token is a pass through the model, as a denoising step is; they stand for the run time too."""
    generated = row.number("GeneratedTokens", 1)
    return Request(row.time_s("TIMESTAMP"), generated, generated, row.number("ContextTokens"), generated)


FORMAT = TraceFormat("azure-llm", "Azure LLM inference trace, tokens of each request", Columns(COLUMNS), _request)
