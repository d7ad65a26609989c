"""A second decoder for JPEG Lossless (ITU-T T.81 process 14, one component), because only one is free of the GPL.

Straight from the recommendation: F.2.2.3 (Huffman), H.1.2 (predictors). Slow on purpose of being plain.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def decode(data: bytes) -> npt.NDArray[np.int32]:
    """Unsigned samples (rows, columns)."""
    at, tables, rows, columns, precision = 2, {}, 0, 0, 0
    while True:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        at += 2 + length
        if marker == 0xC3:
            precision, rows, columns = body[0], int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
        elif marker == 0xC4:
            while body:
                counts, size = body[1:17], sum(body[1:17])
                tables[body[0] & 15] = _codes(counts, body[17 : 17 + size])
                body = body[17 + size :]
        elif marker == 0xDD:
            assert int.from_bytes(body[:2], "big") == 0, "restart intervals are not handled"
        elif marker == 0xDA:
            table, predictor, transform = tables[body[2] >> 4], body[3], body[5] & 15
            assert transform == 0
            return _scan(data[at:], table, predictor, rows, columns, precision)


def _codes(counts: bytes, values: bytes) -> dict[tuple[int, int], int]:
    """(length, code) -> number of difference bits (T.81 annex C)."""
    codes, code, following = {}, 0, iter(values)
    for length, count in enumerate(counts, start=1):
        for _ in range(count):
            codes[length, code] = next(following)
            code += 1
        code <<= 1
    return codes


def _scan(
    data: bytes, codes: dict[tuple[int, int], int], predictor: int, rows: int, columns: int, precision: int
) -> npt.NDArray[np.int32]:
    bits = "".join(f"{byte:08b}" for byte in data[: data.rindex(b"\xff\xd9")].replace(b"\xff\x00", b"\xff"))
    names = {f"{code:0{length}b}": size for (length, code), size in codes.items()}
    picture = np.zeros((rows, columns), np.int32)
    at = 0
    for row in range(rows):
        above = picture[row - 1].tolist() if row else []
        line: list[int] = []
        for column in range(columns):
            end = at + 1
            while bits[at:end] not in names:
                end += 1
            size = names[bits[at:end]]
            at = end + (size if size < 16 else 0)
            line.append(
                (_predicted(line, above, column, predictor, precision) + _difference(bits[end:at], size)) & 0xFFFF
            )
        picture[row] = line
    return picture


def _difference(code: str, size: int) -> int:
    if size == 0:
        return 0
    if size == 16:
        return 32768
    value = int(code, 2)
    return value if code[0] == "1" else value - (1 << size) + 1


def _predicted(line: list[int], above: list[int], column: int, predictor: int, precision: int) -> int:
    if not above:
        return line[-1] if line else 1 << (precision - 1)
    if not line:
        return above[0]
    a, b, c = line[-1], above[column], above[column - 1]
    return (a, b, c, a + b - c, a + (b - c >> 1), b + (a - c >> 1), (a + b) // 2)[predictor - 1]
