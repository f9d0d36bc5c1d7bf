"""The state of the practice exchange: keys, accounts, orders, prices, its clock."""
