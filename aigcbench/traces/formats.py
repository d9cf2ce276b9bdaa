"""The trace formats by name."""

from aigcbench.traces import azure_llm, gentd26, plain
from aigcbench.traces.trace_format import TraceFormat

FORMATS: dict[str, TraceFormat] = {module.FORMAT.name: module.FORMAT for module in (gentd26, azure_llm, plain)}
