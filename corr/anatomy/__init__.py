"""Where: the breast frame, the reference breast, words and views as places in it."""
