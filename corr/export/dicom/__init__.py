"""DICOM: a structured report, presentation states and segmentations, and their readers."""
