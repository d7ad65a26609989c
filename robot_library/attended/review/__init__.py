"""Review: what a person is asked with all it takes to answer, the answer, and the signature.

static/    the viewer: a film's own values, shown in the browser exactly as DICOM says
"""
