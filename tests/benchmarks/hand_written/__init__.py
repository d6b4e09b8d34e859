"""What a patient person would write by hand for PostgreSQL alone: the yardstick that the flow is measured with."""
