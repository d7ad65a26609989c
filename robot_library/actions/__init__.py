"""The built-in actions; importing this registers them. One family a file."""

from robot_library.actions import commit, flow, images, look, patient, quality, report, series, typing

__all__ = ["commit", "flow", "images", "look", "patient", "quality", "report", "series", "typing"]
