"""DICOM in, pixels out: exactly as DICOM says, or refused with a reason.

    sources/     fetch objects (DICOMweb, DIMSE, files and zips, screen captures) as bytes into a blob store
    study        many objects -> one Study, one person, complete or not
    headers      one object -> Image and Identity
    pixels       one object -> float32 pixels; film: any Image, a capture included

Below them: `dataset` opens bytes within limits, `codecs` decodes stored values with one pinned plug-in per
transfer syntax, `codestream` checks a compressed frame against its header before anything is allocated,
`grayscale` holds the arithmetic of PS3.3 C.11. Everything blocks; callers in async code use `asyncio.to_thread`.
Nothing is imported here, so that naming the room costs nothing.
"""
