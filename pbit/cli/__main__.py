"""``python -m pbit.cli``: the command without its entry point."""

from pbit.cli import main

if __name__ == "__main__":
    main(prog_name="pbit")
