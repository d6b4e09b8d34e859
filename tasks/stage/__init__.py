"""The stage that copies new files into staging."""
