"""multipart/related (RFC 2046, DICOM PS3.18 8.6.1.2.2) as a stream of parts, within limits.

By hand, because the kept libraries either parse DICOM at once (dicomweb-client: one damaged object and the study is
lost) or hold the whole answer (email, requests-toolbelt).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from email.message import Message


class AnswerError(Exception):
    """A server's answer is incomplete, too large, or not of the promised form. Never holds its content."""


def split_multipart(
    content_type: str, chunks: Iterable[bytes], *, part_bytes: int, total_bytes: int
) -> Iterator[bytes]:
    """Bodies of the parts. Raises AnswerError; also when the message ends without its closing boundary."""
    delimiter = b"\r\n--" + _boundary(content_type)
    stream = iter(chunks)
    # The first boundary needs no line break before it.
    data, searched, total, opened = bytearray(b"\r\n"), 0, 0, False
    while True:
        at = data.find(delimiter, searched)
        if at < 0 or len(data) < at + len(delimiter) + 2:
            chunk = next(stream, None)
            if chunk is None:
                raise AnswerError("it ended early")
            total += len(chunk)
            if len(data) > part_bytes or total > total_bytes:
                raise AnswerError("it is larger than the limits allow")
            searched = max(0, len(data) - len(delimiter)) if at < 0 else at
            data += chunk
            continue
        if opened:
            yield _body(bytes(data[:at]))
        opened = True
        closing = data[at + len(delimiter) : at + len(delimiter) + 2] == b"--"
        del data[: at + len(delimiter)]
        searched = 0
        if closing:
            return


def _boundary(content_type: str) -> bytes:
    message = Message()
    message["Content-Type"] = content_type
    try:
        boundary = message.get_boundary()
    except (TypeError, ValueError, LookupError, AttributeError):  # parameters that contradict each other (RFC 2231)
        raise AnswerError("it is not multipart/related") from None
    if message.get_content_type() != "multipart/related" or not boundary:
        raise AnswerError("it is not multipart/related")
    return boundary.encode("ascii", "replace")


def _body(part: bytes) -> bytes:
    _, separator, body = part.partition(b"\r\n\r\n")
    if not separator:
        raise AnswerError("a part has no header")
    return body
