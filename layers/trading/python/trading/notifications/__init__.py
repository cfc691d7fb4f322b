"""What people are notified of: one notification for each transition, in their center and on their devices."""
