"""Runs steps and remembers: interpreter, parts, keyed journal, commits; DBOS for queue, recovery and waiting.

Knows no browser, no DICOM, no model: what it needs of them comes through `interfaces`.
"""
