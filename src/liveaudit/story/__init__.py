"""What happened, told so that it is understood at once: to people on pages and in terminals, to programs as data."""
