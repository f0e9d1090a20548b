"""Results as a FHIR R5 bundle: places, findings, lesions, groupings, pairs with P(same)."""

from corr.export.fhir.bundle import write_fhir
from corr.export.fhir.read import read_fhir

__all__ = ["read_fhir", "write_fhir"]
