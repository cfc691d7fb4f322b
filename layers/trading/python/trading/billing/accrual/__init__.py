"""What each day costs, exactly."""
