"""What people are told: one notice for each transition, in their centre and on their devices."""
