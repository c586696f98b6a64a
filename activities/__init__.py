"""The steps of an order's flow: one file a step, a class whose fields are repositories and Protocols."""
