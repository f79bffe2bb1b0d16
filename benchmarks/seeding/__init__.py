"""A made-up order book of any size, the same for the same options: what `seed_orders.py` is made of."""
