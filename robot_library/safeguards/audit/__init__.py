"""The audit trail: what happened, in files to which lines are only ever added, each chained to the one before.

    record      one line: a canonical event, its number, the hash of the line before, its own hash and its seal
    signing     the site's signing key, checkpoints, the head that is kept elsewhere
    log         adding lines: one process at a time, on disk before it returns, a torn line repaired in sight
    verify      reading everything again in bounded memory: edits, deletions, insertions, reorder, truncation
    trail       what the engine tells, as lines
    dicom, fhir the same events as PS3.15 A.5 audit messages and as FHIR AuditEvent
    syslog      to a collector over TLS (RFC 5424, 5425); the files are the spool

Nothing is imported here.
"""
