"""How a document looks, and its last touch before it is issued."""
