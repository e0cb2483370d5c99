"""What pages open with: their readers' questions, answered."""
