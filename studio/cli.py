"""The `dramatis` command: an index of what it can do. Each command's work lies in `studio/commands/`."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Literal

import typer

from inference.catalogue import DEFAULT_MODEL
from studio.cli_accounts import accounts
from studio.cli_backups import backups
from studio.cli_billing import billing
from studio.cli_models import engine
from studio.cli_options import Data, Host
from studio.cli_payments import payments
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


for commands in (roles, engine, accounts, backups, payments):
    app.add_typer(commands)
app.add_typer(billing, name="billing")


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
Lines = Annotated[
    list[str] | None,
    typer.Option(
        "--line",
        metavar="NAME: TEXT",
        help="What is said, in order; repeat it. Without a name the one person says it; `Narrator:` is heard from off.",
    ),
]
Voices = Annotated[
    list[str] | None,
    typer.Option(
        "--voice",
        metavar="[NAME=]VOICE",
        help="In which voice: af_heart, bm_george, zf_xiaobei … [default: by language]",
    ),
]
CameraMoves = Annotated[
    str | None,
    typer.Option(
        "--camera",
        metavar="MOVE[,SPEED][,FAR][,FROM-TO]",
        help="A camera move that rules over the prompt: push_in, pan_left, truck_right, arc_left, hold …, with slow "
        "or fast, how far from 0 to 1, or framings as ws-cu. [default: what the prompt says]",
    ),
]
Performances = Annotated[float, typer.Option(min=-1, max=1, help="How large the acting is: -1 restrained, 1 big.")]
Paces = Annotated[float, typer.Option(min=-1, max=1, help="How quick the acting is: -1 slow, 1 quick.")]
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
    line: Lines = None,
    voice: Voices = None,
    camera: CameraMoves = None,
    performance: Performances = 0.0,
    pace: Paces = 0.0,
    data: Data = None,
    host: Host = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port of the studio. [default: 8420]")] = None,
) -> None:
    """Run the studio; with --once, make one clip through it and stop.

    **Examples**

    `dramatis run --once --out out --prompt "He looks up, then smiles" --seconds 3 --seed 7`

    `dramatis run --once --out out --reference me.jpg --consent own --size 432x768`

    `dramatis run --once --out out --line 'Hello. I have waited ten years for this moment.' --voice af_heart`

    `dramatis run --once --out out --character Ada=ada.jpg --character Grace=g1.jpg,g2.jpg --consent permission`
    """
    if not once:
        from studio.commands.serve import serve_studio
        from studio.commands.setting_options import settings_for

        serve_studio(settings_for(data, port, host), None, announce=True)
        return
    from studio.commands.run import run_once
    from studio.commands.shot_options import shot_from

    run_once(
        shot_from(
            reference, character, consent, prompt, model, seconds, size, seed, line, voice, camera, performance, pace
        ),
        out,
    )


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
    line: Lines = None,
    voice: Voices = None,
    camera: CameraMoves = None,
    performance: Performances = 0.0,
    pace: Paces = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON on stdout.")] = False,
) -> None:
    """Make one clip without a server: the engine as a child of this command.

    **Examples**

    `dramatis generate --prompt "The person shakes the head, then laughs" --out clip.mp4`

    `dramatis generate --reference me.jpg --consent own --prompt "She winks" --seconds 2 --json > report.json`
    """
    from studio.commands.generate import generate_clip
    from studio.commands.shot_options import shot_from

    generate_clip(
        shot_from(
            reference, character, consent, prompt, model, seconds, size, seed, line, voice, camera, performance, pace
        ),
        out,
        as_json=as_json,
    )


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


@app.command("password-link")
def password_link(
    email: Annotated[str, typer.Argument(help="The address that somebody signs in with.")], data: Data = None
) -> None:
    """Print a one-time link for a new password, to hand over; for a studio that sends no e-mail.

    **Example**

    `dramatis password-link ada@example.com`
    """
    from studio.commands.sign_in import print_password_link

    print_password_link(email, data)


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
def listen(
    forward_to: Annotated[
        str, typer.Option("--forward-to", metavar="URL", help="Where your own server listens, on this machine.")
    ],
    events: Annotated[
        list[str] | None,
        typer.Option("--event", metavar="TYPE", help="Only these, or groups as `video.*`; repeat it. [default: all]"),
    ] = None,
    url: Annotated[str, typer.Option(help="The studio.")] = "http://127.0.0.1:8420",
    key: Annotated[
        str | None,
        typer.Option(envvar="DRAMATIS_API_KEY", help="An API key of it. [default: this machine's own studio's]"),
    ] = None,
    secret: Annotated[
        str | None,
        typer.Option(envvar="DRAMATIS_WEBHOOK_SECRET", help="Sign with this one. [default: one that is made and kept]"),
    ] = None,
    data: Data = None,
) -> None:
    """Forward webhooks to a server on this laptop, signed as the real ones, while you write it.

    Prints the secret to verify them with, then a line for each event: what it was, what your server answered. Nothing
    is tried again; what happens while this command does not run is not forwarded.

    **Examples**

    `dramatis listen --forward-to http://127.0.0.1:3000/hooks`

    `dramatis listen --forward-to http://127.0.0.1:3000/hooks --event "video.*" --url https://films.example.com`
    """
    from studio.commands.listen import listen_and_forward
    from studio.commands.setting_options import settings_for

    listen_and_forward(forward_to, tuple(events or ()), url, key, secret, settings_for(data).data_dir)


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


def main() -> None:
    """Entry point of the `dramatis` command."""
    app()


if __name__ == "__main__":
    main()
