"""The sample shop: a stand-in for Order Service v2 and the Payment Gateway, with books of its own."""
