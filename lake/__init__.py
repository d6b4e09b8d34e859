"""Objects in folders and on S3: listing, reading, JSON in bulk; it knows no SQL."""
