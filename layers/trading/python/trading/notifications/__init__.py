"""What people are told: one notification for each transition, in their center and on their devices."""
