"""Numbers in what is drawn."""


def operand(number: float) -> bytes:
    """As pydyf writes it, which asks for its type in turn."""
    return b"%d" % number if number % 1 == 0 else (b"%f" % number).rstrip(b"0")


def operands(*numbers: float) -> bytes:
    """Several, apart."""
    return b" ".join(map(operand, numbers))
