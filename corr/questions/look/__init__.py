"""Where to look: beliefs through the map of another examination."""
