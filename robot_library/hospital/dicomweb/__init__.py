"""A small DICOMweb service: QIDO-RS and WADO-RS (PS3.18), enough for dicomweb-client."""
