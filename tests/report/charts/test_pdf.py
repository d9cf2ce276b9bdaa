"""PDF files with one byte form."""

import re

from aigcbench.report.charts.pdf import canonical

OBJECTS = {
    3: b"<<\n  /Type /Catalog\n  /Pages 1 0 R\n>>",
    1: b"<<\n  /Type /Pages\n  /Kids [2 0 R]\n>>",
    2: b"<<\n  /Font <<\n    /f1 5 0 R\n    /f0 4 0 R\n  >>\n>>",
    4: b"<<\n  /BaseFont /A\n>>",
    5: b"<<\n  /Length 7\n>>\nstream\n3 0 R!\n\nendstream",
}


def document(order, swapped):
    """The objects as a PDF file, in this order; with the numbers of the fonts, and their places, ``swapped``."""
    text, places = b"%PDF-1.7\n\n", {}
    number = {4: 5, 5: 4} if swapped else {}
    for key in order:
        body = OBJECTS[key]
        if swapped and key == 2:
            body = body.replace(b"    /f1 5 0 R\n    /f0 4 0 R\n", b"    /f0 5 0 R\n    /f1 4 0 R\n")
        places[number.get(key, key)] = len(text)
        text += b"%d 0 obj\n%s\nendobj\n\n" % (number.get(key, key), body)
    table = b"".join(b"%010d 00000 n\r\n" % places[key] for key in sorted(places))
    head = b"xref\n0 6\n0000000000 65535 f\r\n" + table
    return text + head + b"trailer\n<<\n  /Size 6\n  /Root 3 0 R\n>>\nstartxref\n%d\n%%%%EOF" % len(text)


def test_equal_documents_have_equal_bytes():
    """Neither the order nor the numbers of objects, nor the order of resources, can be told from the result."""
    first = canonical(document([3, 1, 2, 4, 5], swapped=False))
    assert canonical(document([5, 2, 1, 4, 3], swapped=True)) == first
    assert canonical(first) == first


def test_every_entry_of_the_table_leads_to_its_object():
    """The result can be read: the table of offsets is right, and a stream keeps its bytes."""
    text = canonical(document([4, 3, 5, 1, 2], swapped=False))
    start = int(re.search(rb"startxref\n(\d+)", text)[1])
    assert text[start:].startswith(b"xref\n0 6\n")
    offsets = [int(entry) for entry in re.findall(rb"(\d{10}) 00000 n", text[start:])]
    assert [text[offset:].startswith(b"%d 0 obj" % (n + 1)) for n, offset in enumerate(offsets)] == [True] * 5
    assert b"/Root 1 0 R" in text
    assert b"stream\n3 0 R!\n\nendstream" in text


def test_another_kind_of_document_stays_as_it_is():
    """Without a plain table of offsets nothing is touched."""
    assert canonical(b"%PDF-1.7 compressed") == b"%PDF-1.7 compressed"
