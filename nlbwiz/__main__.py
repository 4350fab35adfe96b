"""`python -m nlbwiz` is `nlbwiz`."""

from nlbwiz.cli import main

main()
