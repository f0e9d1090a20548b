"""DICOM files: opened, decoded, and their coded words."""
