"""What tools/masix is made of (README.md)."""
