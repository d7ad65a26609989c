"""The built-in actions; importing this registers them. One family a file."""

from robot_library.actions import canary, commit, flow, images, keyword, look, patient, quality, report, series, typing

__all__ = ["canary", "commit", "flow", "images", "keyword", "look", "patient", "quality", "report", "series", "typing"]
