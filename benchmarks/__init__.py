"""How fast the kit is, beside a floor and what people would use instead: `make bench`."""
