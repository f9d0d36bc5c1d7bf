"""What the practice exchange remembers: keys, accounts, orders, prices, its clock."""
