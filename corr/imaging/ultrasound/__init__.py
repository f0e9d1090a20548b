"""Ultrasound stills: region, scale, labels."""
