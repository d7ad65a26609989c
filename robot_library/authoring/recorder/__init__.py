"""The recorder: what a browser heard while an author clicked through once becomes screen maps and a workflow."""
