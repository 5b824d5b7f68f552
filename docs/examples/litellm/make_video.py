"""A video of a real face by LiteLLM's `video_generation`, against a studio of ours."""

import json
import os
import time
from pathlib import Path

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # no list of prices is fetched
import litellm

litellm.suppress_debug_info = True
# `openai/` tells LiteLLM which dialect to speak; what follows is the studio's own model.
studio = {"api_base": os.environ["DRAMATIS_BASE_URL"], "api_key": os.environ["DRAMATIS_API_KEY"]}

video = litellm.video_generation(
    model="openai/previs",
    prompt="She smiles, then slowly turns to the left",
    seconds="0.5",
    size="256x256",
    input_reference=Path("photo.png").read_bytes(),
    # LiteLLM sends a form, and a form has no nested fields: say `own`, or the whole consent as JSON text.
    extra_body={"consent": json.dumps({"kind": "own", "by": "Eileen"}), "seed": 7},
    **studio,
)
while video.status in ("queued", "in_progress"):
    time.sleep(0.5)
    video = litellm.video_status(video_id=video.id, **studio)
print(video.status, video.error)
Path("clip.mp4").write_bytes(litellm.video_content(video_id=video.id, **studio))

try:
    litellm.video_generation(
        model="openai/previs", prompt="She nods", input_reference=Path("photo.png").read_bytes(), **studio
    )
except litellm.exceptions.APIError as error:  # nobody consents: no face is measured
    print(error.status_code, error.message)
