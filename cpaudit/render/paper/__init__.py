"""Pages as documents that offices print and pass on."""
