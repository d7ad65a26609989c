"""The desktop driver: programs on an X display, by accessibility, by what is written, or by what it looks like."""
