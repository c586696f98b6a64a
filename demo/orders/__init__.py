"""The orders of the sample shop: fixed ones with known ends, and as many generated ones as asked for."""
