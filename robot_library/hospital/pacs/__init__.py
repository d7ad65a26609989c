"""The picture archive of the demo hospital: study list, downloads, a viewer, DICOMweb."""
