"""`python -m orderhub`: the command line."""

from orderhub.cli import main

main()
