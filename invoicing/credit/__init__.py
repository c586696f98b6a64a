"""Credit notes: what is given back of an issued invoice."""
