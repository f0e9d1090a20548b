"""Mammograms: view, scale, landmarks, film positions."""
