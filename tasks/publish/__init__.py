"""The stage that loads the star and the ledger in one transaction."""
