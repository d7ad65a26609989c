"""DICOM objects made from a report: structured report, segmentation, picture; each a new series of its study."""
