"""A page of texts as a message: plain text, mail, what chat programs take, and deadlines as a calendar."""
