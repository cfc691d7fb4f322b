"""One feed of what happened to a person's money. Areas write into it with their own records; it calls none."""
