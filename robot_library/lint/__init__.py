"""Holds authors' files against every rule before anything runs. One rule a file, in rules/."""

from robot_library.lint.check import check, check_bot

__all__ = ["check", "check_bot"]
