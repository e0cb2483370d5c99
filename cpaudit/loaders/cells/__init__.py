"""A text → a value: dates, numbers, codes and places as people write them."""
