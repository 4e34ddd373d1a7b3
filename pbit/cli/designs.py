"""``pbit designs``: the machines that come with the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pbit.cli import options
from pbit.cli.errors import door
from pbit.cli.output import print_json

if TYPE_CHECKING:
    from hardware.design import Design


@click.command("designs", short_help="List or print the designs of machines.")
@click.argument("name", required=False)
@options.json_option
def command(name: str | None, as_json: bool) -> int:
    """List the designs of machines, or print the design NAME.

    NAME may be a TOML file of yours, which is then checked. Every table of a design
    says where its figures come from and whether they were measured, simulated,
    projected, chosen or assumed; `unknown` lists what the sources do not say.
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
        for each in listed:
            click.echo(f"{each.name}\n    {each.description}\n    {_parts(each)}")
            if each.unknown:
                click.echo(f"    unknown: {', '.join(each.unknown)}")
    elif as_json:
        print_json({"command": "designs", "design": design.to_dict()})
    elif name in hardware.shipped_designs():
        click.echo(hardware.shipped_text(name).rstrip())
    else:
        click.echo(design.to_toml().rstrip())
    return 0


def _parts(design: Design) -> str:
    """Return in words what a machine is made of and what an update spends."""
    from hardware.units import format_quantity

    parts = (design.device, design.synapse, design.fabric)
    words = [" / ".join(part.kind_name() for part in parts)]
    if design.limits is not None and design.limits.pbits is not None:
        words.append(f"{design.limits.pbits:,} p-bits")
    if design.energy is not None:
        spent = format_quantity(design.energy.per_update, "J")
        words.append(f"{spent} an update ({design.energy.status})")
    return "; ".join(words)
