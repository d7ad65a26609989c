"""A real hospital on loopback for tests: GNU Health (SQLite) + sao, Orthanc, OHIF.

All parts come from PyPI, npm and Debian at pinned versions and stay in one folder (``.lab``) that git ignores. They are
GPL-3/AGPL-3 (OHIF: MIT) and are only fetched and run, never copied into this project. ``python -m tests.hospital.lab``.
"""
