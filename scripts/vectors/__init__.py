"""The public test vectors: their cases, and the files made from them."""
