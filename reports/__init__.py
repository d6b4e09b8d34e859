"""What people look at: insights, the data dictionary, diagrams."""
