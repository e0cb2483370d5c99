"""Targets judged: what one looks at, whether that reaches what is asked, and the sentence that says why."""
