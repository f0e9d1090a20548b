"""What 3D Slicer opens: scenes, marks, segmentations and volumes."""
