"""``pbit designs``: the machines that come with the package."""

from __future__ import annotations

import click

from pbit.cli import options
from pbit.cli.errors import door
from pbit.cli.output import print_json, print_table


@click.command("designs", short_help="List or print the designs of machines.")
@click.argument("name", required=False)
@options.json_option
def command(name: str | None, as_json: bool) -> int:
    """List the designs of machines, or print the design NAME.

    NAME may be a TOML file of yours, which is then checked. Every table of a design
    says where its figures come from and whether they were measured, simulated,
    projected, chosen or assumed.
    """
    import hardware

    with door():
        if name is not None:
            design = hardware.load_design(name)
        else:
            listed = [hardware.load_design(key) for key in hardware.shipped_designs()]
    if name is None and as_json:
        print_json({"command": "designs", "designs": [d.to_dict() for d in listed]})
    elif name is None:
        print_table([(design.name, design.description) for design in listed])
    elif as_json:
        print_json({"command": "designs", "design": design.to_dict()})
    else:
        click.echo(design.to_toml().rstrip())
    return 0
