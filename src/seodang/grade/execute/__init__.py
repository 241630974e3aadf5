"""Run one submission's cells and the tests over them, inside a sandbox."""
