"""Readers: what each format gives, and what each refuses."""

import numpy as np
import pytest

from aigcbench.errors import InputError
from aigcbench.traces.formats import FORMATS

AZURE = "TIMESTAMP,ContextTokens,GeneratedTokens\n"
GENTD26 = (
    "gmt_create,exec_time_seconds,groupId,prompt_length,negative_prompt_length,num_images_per_prompt,"
    "num_inference_steps,checkpoint_model_version_id\n"
)


def written(tmp_path, text):
    """A file of that text."""
    path = tmp_path / "trace.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_gentd26_is_read_by_its_columns(tmp_path):
    """Prompts add up, an empty negative prompt is 0, models are ranked by frequency, users are told apart."""
    text = GENTD26 + (
        "2024-11-15 16:57:50,32.0,G7,63.0,26.0,1.0,30.0,rare\n"
        "2024-11-15 16:58:00,8.0,G1,10.0,,4.0,20.0,common\n"
        "2024-11-15 16:58:20,9.0,G7,10.0,,4.0,20.0,common\n"
    )
    requests, left_out = FORMATS["gentd26"].read(written(tmp_path, text))
    assert left_out == 0
    np.testing.assert_array_equal(requests.arrival, [0, 10, 30])
    np.testing.assert_array_equal(requests.steps, [30, 20, 20])
    np.testing.assert_array_equal(requests.runtime, [32, 8, 9])
    np.testing.assert_array_equal(requests.input_size, [89, 10, 10])
    np.testing.assert_array_equal(requests.output_size, [1, 4, 4])
    np.testing.assert_array_equal(requests.type, [1, 0, 0])
    np.testing.assert_array_equal(requests.user, [0, 1, 0])
    assert requests.span_s == 45.0  # the last request has the mean gap of 15 s too


def test_gentd26_leaves_out_what_never_ran_or_has_no_parameters(data):
    """A run time of 0 and missing parameters are no requests; both are counted."""
    requests, left_out = FORMATS["gentd26"].read(data / "traces" / "gentd26.csv")
    assert (len(requests), left_out) == (58, 2)


def test_azure_counts_tokens(tmp_path):
    """Context tokens go in; generated tokens are steps, run time and output; every request is a user's own."""
    text = AZURE + "2023-11-16 18:17:03.9799600,4808,10\n2023-11-16 18:17:04.0319600,3180,8\n"
    requests, _ = FORMATS["azure-llm"].read(written(tmp_path, text))
    np.testing.assert_allclose(requests.arrival, [0, 0.052], atol=1e-6)
    np.testing.assert_array_equal(requests.input_size, [4808, 3180])
    for values in (requests.steps, requests.runtime, requests.output_size):
        np.testing.assert_array_equal(values, [10, 8])
    np.testing.assert_array_equal(requests.user, [1, 2])


def test_time_zones_are_respected(tmp_path):
    """Times with a zone and times without (UTC) stand on one clock."""
    text = AZURE + "2024-05-10T02:00:00+02:00,1,1\n2024-05-10 00:00:09,1,1\n"
    assert FORMATS["azure-llm"].read(written(tmp_path, text))[0].arrival.tolist() == [0, 9]


def test_plain_csv_needs_two_columns_only(tmp_path):
    """Run times are as long as the steps, sizes are all alike, where the file doesn't say."""
    requests, _ = FORMATS["csv"].read(written(tmp_path, "steps,arrival_s\n4,0\n\n6,10\n"))
    np.testing.assert_array_equal(requests.runtime, [4, 6])
    np.testing.assert_array_equal(requests.input_size, [1, 1])


def test_unordered_times_are_sorted_with_all_that_belongs_to_them(tmp_path):
    """Requests are put in order of arrival; equal times keep the file's order."""
    text = "arrival_s,steps,user\n9,1,a\n5,2,b\n5,3,c\n"
    requests, _ = FORMATS["csv"].read(written(tmp_path, text))
    np.testing.assert_array_equal(requests.arrival, [0, 0, 4])
    np.testing.assert_array_equal(requests.steps, [2, 3, 1])
    np.testing.assert_array_equal(requests.user, [1, 2, 0])


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("csv", "", "line 1: no header"),
        ("csv", "arrival_s,steps\n", "0 requests"),
        ("csv", "arrival_s,steps\n1,1\n", "1 requests"),
        ("csv", "arrival_s,steps\n1,1\n1,2\n", "2 requests at one time"),
        ("csv", "arrival_s,steps\n0,1\n5e-324,2\n", "2 requests at one time"),
        ("csv", "arrival_s,step\n1,1\n", "line 1: unknown key 'step'; expected 'steps'?"),
        ("csv", "arrival_s,steps,steps\n1,1,1\n", "'steps' stands twice"),
        ("csv", "arrival_s,steps\n1,1\n2\n", "line 3: 1 fields; expected 2"),
        ("csv", "arrival_s,steps\n1,nan\n", "line 2, steps: 'nan'"),
        ("csv", "arrival_s,steps\n1,1e400\n", "line 2, steps: '1e400'"),
        ("csv", "arrival_s,steps\n1,1e13\n", "line 2, steps: '1e13'; expected a number in [1, 1e+12]"),
        ("csv", "arrival_s,steps\n1,1_0\n", "line 2, steps: '1_0'"),
        ("csv", "arrival_s,steps\n1,0\n", "line 2, steps: '0'"),
        ("csv", "arrival_s,steps\n1,1\n-2,1\n", "line 3, arrival_s: '-2'"),
        ("csv", 'arrival_s,steps\n1,"1\n2,1\n', "not CSV"),
        ("csv", b"arrival_s,steps\n\xff\xfe,1\n", "not UTF-8"),
        ("csv", b"\0" * 200_000, "a line of 100,000 characters or more"),
        ("azure-llm", "TIMESTAMP,ContextTokens\n", "line 1: no column 'GeneratedTokens'"),
        ("azure-llm", AZURE + "yesterday,1,1\n", "line 2, TIMESTAMP: 'yesterday'"),
        ("azure-llm", AZURE + "2023-11-16 18:17:03,-1,1\n", "line 2, ContextTokens: '-1'"),
        ("gentd26", GENTD26 + "2024-11-15 16:57:50,-3,G,1,1,1,30,M\n", "line 2, exec_time_seconds: '-3'"),
        ("gentd26", GENTD26 + "2024-11-15 16:57:50,,G,1,1,1,30,M\n", "line 2, exec_time_seconds: ''"),
    ],
)  # fmt: skip
def test_bad_files_are_refused_in_one_line(tmp_path, name, text, words):
    """The error names the place and what was expected."""
    with pytest.raises(InputError) as caught:
        FORMATS[name].read(written(tmp_path, text))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["missing.csv", "."])
def test_what_is_no_file_is_refused(tmp_path, path):
    """A missing file and a folder cannot be read."""
    with pytest.raises(InputError, match="cannot be read"):
        FORMATS["csv"].read(tmp_path / path)


def test_the_real_traces_are_read(real_trace):
    """All rows of the published files are requests, but those that never ran or have no parameters."""
    requests, left_out = FORMATS["gentd26"].read(real_trace("gentd26*.csv"))
    assert (len(requests), left_out) == (26_793, 30)
    requests, left_out = FORMATS["azure-llm"].read(real_trace("AzureLLMInferenceTrace_code.csv"))
    assert (len(requests), left_out) == (8_819, 0)
