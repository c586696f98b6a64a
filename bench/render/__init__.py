"""What a page costs: ours beside WeasyPrint as it is, and beside other typesetters, on one core."""
