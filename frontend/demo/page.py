"""The page: what to fill in at the left, what comes of it at the right."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
from gradio.components import Component
from PIL import Image

from frontend.api_client import Refused, StudioClient
from frontend.demo.report import curve, verdicts
from frontend.demo.shooting import Order, Progress, missing, shoot

CONSENTS = [
    ("It is me", "own"),
    ("They agreed (say how below)", "permission"),
    ("My child", "guardian"),
    ("Nobody real", "invented"),
    ("The shipped example", "licensed_example"),
]
EXAMPLES = [
    "She smiles, then slowly turns to the left",
    "She nods twice while the camera moves in",
    "She looks up, surprised, and raises her brows",
    "She talks to us and tilts her head",
]
CREDIT = "Try one: the shipped example is astronaut Eileen Collins (NASA, public domain)"
CSS = ".gradio-container { max-width: 1180px !important; margin: auto; } #status { min-height: 2.2em; }"
THEME = gr.themes.Base(
    primary_hue="amber", neutral_hue="stone", font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
)
DARK = "() => document.body.classList.add('dark')"

Change = dict[Component | gr.blocks.Block, Any]


@dataclass(frozen=True)
class Fields:
    """What is filled in, in the order in which `Pages.run` takes it."""

    key: gr.Textbox
    photos: gr.File
    consent: gr.Radio
    evidence: gr.Textbox
    prompt: gr.Textbox
    model: gr.Dropdown
    size: gr.Dropdown
    seconds: gr.Slider
    seed: gr.Number
    line: gr.Textbox
    voice: gr.Dropdown

    @property
    def all(self) -> list[Component]:
        return [getattr(self, name) for name in self.__dataclass_fields__]


@dataclass(frozen=True)
class Shown:
    """What comes of it, and the buttons that depend on it."""

    status: gr.Markdown
    preview: gr.Image
    clip: gr.Video
    told: gr.Markdown
    chart: gr.LinePlot
    folded: gr.Accordion
    receipt: gr.JSON
    go: gr.Button
    stop: gr.Button
    taken: gr.State

    @property
    def all(self) -> list[Any]:
        return [getattr(self, name) for name in self.__dataclass_fields__]

    def progress(self, at: Progress) -> Change:
        """A take on its way."""
        picture = None if at.preview is None else Image.open(io.BytesIO(at.preview))
        return {
            self.status: f"**{at.words}** · {at.share:.0%}",
            self.preview: gr.Image(picture, visible=picture is not None),
            self.clip: gr.Video(visible=False),
            self.told: "",
            self.chart: gr.LinePlot(visible=False),
            self.folded: gr.Accordion(visible=False),
            self.go: gr.Button(interactive=False),
            self.stop: gr.Button(interactive=at.take_id is not None),
            self.taken: at.take_id or "",
        }

    def finished(self, at: Progress) -> Change:
        """A take with its clip, and everything that it says about itself."""
        return self.over("**Done**") | {
            self.clip: gr.Video(str(at.clip), visible=True),
            self.told: verdicts(at.take),
            self.chart: gr.LinePlot(curve(at.take), visible=bool(at.take["identity"])),
            self.folded: gr.Accordion(visible=True),
            self.receipt: at.take["receipt"],
        }

    def over(self, words: str) -> Change:
        """Nothing renders any more."""
        return {
            self.status: words,
            self.preview: gr.Image(None, visible=False),
            self.go: gr.Button(interactive=True),
            self.stop: gr.Button(interactive=False),
            self.taken: "",
        }


def build_page(url: str, api_key: str, example_photo: Path | None) -> gr.Blocks:
    """The demo of one studio. Without a key the page asks for one."""
    models, voices = _models(url, api_key), _voices(url, api_key)
    with gr.Blocks(title="Dramatis demo", analytics_enabled=False) as page:
        gr.Markdown("# Dramatis\nA few photos, a consent and a sentence become a clip that keeps the face.")
        with gr.Row():
            with gr.Column(scale=5):
                fields = _lay_out_fields(models, voices, api_key)
                go, stop = gr.Button("Shoot", variant="primary"), gr.Button("Cancel", interactive=False)
                if example_photo is not None:
                    rows = [[[str(example_photo)], "licensed_example", words] for words in EXAMPLES]
                    given = [fields.photos, fields.consent, fields.prompt]
                    gr.Examples(rows, given, label=CREDIT, example_labels=EXAMPLES)
            with gr.Column(scale=6):
                shown = _lay_out_result(go, stop)
        go.click(_runner(url, shown), fields.all, shown.all, show_progress="hidden")
        stop.click(_canceller(url), [fields.key, shown.taken], None, show_progress="hidden", queue=False)
        fields.consent.change(_ask_evidence, fields.consent, fields.evidence, show_progress="hidden")
        fields.model.change(
            lambda name: gr.Dropdown(**_sizes(models, name)), fields.model, fields.size, show_progress="hidden"
        )
        page.load(None, None, None, js=DARK)
    return page


def _lay_out_fields(models: list[dict[str, Any]], voices: list[tuple[str, str]], api_key: str) -> Fields:
    names = [model["name"] for model in models] or ["previs"]
    key = gr.Textbox(api_key, label="API key", type="password", visible=not api_key)
    photos = gr.File(label="Photos of one person (1 to 10)", file_count="multiple", file_types=["image"], height=130)
    consent = gr.Radio(CONSENTS, label="Consent: whose face is it?")
    evidence = gr.Textbox("", label="Evidence", placeholder="Where they agreed: words, or a link", visible=False)
    prompt = gr.Textbox("", label="What happens", lines=2, placeholder=EXAMPLES[0])
    line = gr.Textbox("", label="Line", lines=1, placeholder="What the person says; left empty, nobody speaks")
    voice = gr.Dropdown([("Whichever fits the language", ""), *voices], value="", label="Voice")
    with gr.Row():
        model = gr.Dropdown(names, value=names[0], label="Model")
        size = gr.Dropdown(**_sizes(models, names[0]), label="Size")
    with gr.Row():
        seconds = gr.Slider(0.5, 10, 3, step=0.5, label="Seconds (with a line: as long as it lasts)")
        seed = gr.Number(7, label="Seed (empty: another each time)", precision=0)
    return Fields(key, photos, consent, evidence, prompt, model, size, seconds, seed, line, voice)


def _lay_out_result(go: gr.Button, stop: gr.Button) -> Shown:
    status = gr.Markdown("Nothing yet. Choose an example on the left, then **Shoot**.", elem_id="status")
    preview = gr.Image(label="So far", visible=False, interactive=False, buttons=[])
    clip = gr.Video(label="Clip", visible=False, autoplay=True, loop=True, buttons=["download"])
    told = gr.Markdown()
    label = "Likeness to the photos, frame by frame"
    chart = gr.LinePlot(
        x="seconds", y="likeness", color="line", y_lim=[0, 1], height=220, visible=False, label=label, buttons=[]
    )
    with gr.Accordion("Receipt: what was really used", open=False, visible=False) as folded:
        receipt = gr.JSON(show_label=False)
    return Shown(status, preview, clip, told, chart, folded, receipt, go, stop, gr.State(""))


def _runner(url: str, shown: Shown) -> Any:  # noqa: ANN401 (an event handler; Gradio reads its signature)
    def run(
        api_key: str, photos: list[str] | None, consent: str | None, evidence: str | None, prompt: str | None,
        model: str, size: str, seconds: float, seed: float | None, line: str | None, voice: str | None,
    ) -> Iterator[Change]:  # fmt: skip
        files = tuple(Path(photo) for photo in photos or ())
        chosen = None if seed is None else int(seed)
        order = Order(
            files, consent or "", evidence or "", prompt or "", model, size, seconds, chosen, line or "", voice or ""
        )
        if (words := missing(order, api_key)) is not None:
            yield {shown.status: f"⚠️ {words}"}
            return
        studio = StudioClient(url, api_key)
        try:
            for at in shoot(studio, order):
                yield shown.progress(at) if at.clip is None else shown.finished(at)
        except Refused as refused:
            yield shown.over(f"⚠️ {refused} (`{refused.code}`). Nothing that you filled in is lost.")
        except httpx.HTTPError:
            yield shown.over(f"⚠️ The studio at {url} does not answer. Start it with `./scripts/run`, then shoot again.")
        finally:
            studio.close()

    return run


def _canceller(url: str) -> Any:  # noqa: ANN401 (an event handler)
    def cancel(api_key: str, take_id: str) -> None:
        if take_id:
            studio = StudioClient(url, api_key)
            studio.cancel(take_id)
            studio.close()

    return cancel


def _ask_evidence(kind: str | None) -> gr.Textbox:
    return gr.Textbox(visible=kind == "permission")


def _models(url: str, api_key: str) -> list[dict[str, Any]]:
    """The studio's models, for the page's choices; none when they cannot be had yet."""
    studio = StudioClient(url, api_key)
    try:
        return studio.models()
    except (Refused, httpx.HTTPError):
        return []
    finally:
        studio.close()


def _voices(url: str, api_key: str) -> list[tuple[str, str]]:
    """What the studio's voices are called for people, and for lines."""
    studio = StudioClient(url, api_key)
    try:
        return [(f"{one['title']} · {one['language']} · {one['sex']}", one["name"]) for one in studio.voices()]
    except (Refused, httpx.HTTPError):
        return []
    finally:
        studio.close()


def _sizes(models: list[dict[str, Any]], name: str) -> dict[str, Any]:
    model = next((one for one in models if one["name"] == name), None)
    sizes = model["sizes"] if model else ["768x432"]
    return {"choices": sizes, "value": "512x288" if "512x288" in sizes else sizes[0]}
