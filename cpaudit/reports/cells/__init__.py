"""How a report's notebook is run: in this very process, or in a kernel of its own."""
