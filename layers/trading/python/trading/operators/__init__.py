"""What operators see and do, over the areas that it concerns."""
