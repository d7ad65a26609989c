"""The demo hospital's MRI department: orders for an MRI of the brain, with traps of their own."""

from robot_library.hospital.neuro.scenario import write

__all__ = ["write"]
