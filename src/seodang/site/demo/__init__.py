"""A made-up class of thirty, for looking around. Installed only when `seodang demo` starts the site."""
