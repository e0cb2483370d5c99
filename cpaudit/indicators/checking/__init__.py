"""What is wrong with an indicator system, or worth a look, with line and field."""
