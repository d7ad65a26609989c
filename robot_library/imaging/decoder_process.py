"""The child process that runs the codecs: C and C++ that aborts on damaged frames, and says so only on stderr.

GDCM ends the process on some damaged JPEGs, and libjpeg inside it answers a cut scan with invented pixels, a line on
stderr ("Corrupt JPEG data: …") and success. Here an abort ends only this child, and every line said is handed over.

A script, run by its path (`sandbox`); it imports nothing of wetread. stdin: a JSON line {"syntax", "plugin",
"length", "options"}, then the encoded frame. stdout: a JSON line {"length", "bits", "colours", "planar",
"heard", "error"}, then the samples. Ends when stdin ends, so it never outlives its parent. Its one argument says how
many bytes of memory it may take.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from typing import IO, Any


def decode(request: dict[str, Any], encoded: bytes) -> tuple[bytes, int, str, bool]:
    """Samples of one frame, the bits of each sample's container, what colours they are in, whether colour by colour."""
    from pydicom.encaps import encapsulate
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    decoder = get_decoder(UID(request["syntax"]))
    buffer, found = decoder.as_buffer(
        encapsulate([encoded]), index=0, decoding_plugin=request["plugin"], **request["options"]
    )
    planar = bool(found.get("planar_configuration", 0))
    return bytes(buffer), int(found["bits_allocated"]), str(found["photometric_interpretation"]), planar


def answer(request: dict[str, Any], encoded: bytes, ear: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """Decode, and tell what the libraries said meanwhile."""
    ear.seek(0)
    ear.truncate()
    samples, bits, colours, planar, error = b"", 0, "", False, ""
    try:
        samples, bits, colours, planar = decode(request, encoded)
    except KeyboardInterrupt:
        raise
    except BaseException as problem:
        # A panic of pylibjpeg-rle (Rust) is no Exception. Only its kind: messages quote values.
        error = type(problem).__name__
    ear.seek(0)
    heard = ear.read(2000).decode("ascii", "replace")
    said = {"bits": bits, "colours": colours, "planar": planar}
    return {"length": len(samples), **said, "heard": heard, "error": error}, samples


def hold(memory: int) -> None:
    """Get no more than this from the system, where that is possible."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    except (ImportError, OSError, ValueError):
        return  # Windows, and some Macs: whoever started this process looks at what it takes


def main() -> None:
    """Serve requests until stdin ends."""
    if sys.argv[1:]:
        hold(int(sys.argv[1]))
    import logging
    import warnings

    warnings.simplefilter("ignore")
    logging.disable()
    replies = os.fdopen(os.dup(1), "wb")
    with tempfile.TemporaryFile(buffering=0) as ear:
        # What C code prints goes to the file, never between the replies.
        os.dup2(ear.fileno(), 1)
        os.dup2(ear.fileno(), 2)
        for line in sys.stdin.buffer:
            request = json.loads(line)
            encoded = sys.stdin.buffer.read(request["length"])
            reply, samples = answer(request, encoded, ear)
            replies.write(json.dumps(reply).encode("ascii") + b"\n" + samples)
            replies.flush()


if __name__ == "__main__":
    main()
