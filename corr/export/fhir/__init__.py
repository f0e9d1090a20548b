"""Results as a FHIR R5 bundle: places, findings, lesions, groupings, pairs with P(same)."""
