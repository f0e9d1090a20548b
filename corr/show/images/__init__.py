"""Pictures of images themselves."""
