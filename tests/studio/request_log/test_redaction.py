"""What the log never keeps, however it comes."""

from __future__ import annotations

import base64
import json
import os

import pytest

from studio.request_log.listening import MOST_BODY_BYTES, Body
from studio.request_log.redaction import shown_body, shown_query

SECRET = "hunter2-and-more"
KEY = "drm_7K2M9QABCDEFGHJKMNPQRSTVWXYZ0123456789"
SIGNED = "https://store.example.com/takes/1.mp4?X-Amz-Signature=0123abcd&X-Amz-Credential=me"


def heard(content: bytes, media_type: str = "application/json") -> Body:
    body = Body(media_type)
    body.hear(content)
    return body


@pytest.mark.parametrize(
    "told",
    [
        {"password": SECRET},
        {"deep": [{"new_password": SECRET, "Authorization": SECRET}]},
        {"client_secret": {"of": [SECRET]}, "refresh_token": [SECRET]},
        {"key": SECRET, "signing_secret": SECRET, "X-Api-Key": SECRET},
        {"fields": {"policy": SECRET, "x-amz-signature": SECRET, "X-Amz-Credential": SECRET}},
        {"prompt": f"use {KEY} and Bearer {SECRET}", "url": SIGNED},
    ],
)
def test_secrets_are_taken_out_of_json_whole_or_cut(told: dict[str, object]) -> None:
    whole = json.dumps({"kept": "she nods"} | told).encode()
    shown = shown_body(heard(whole))
    assert shown is not None
    assert "she nods" in shown
    for cut_at in range(len(whole)):
        part = heard(whole[:cut_at])
        part.cut = True
        shown += shown_body(part) or ""
    assert not any(secret in shown for secret in (SECRET, KEY, "0123abcd", "Credential=me"))


def test_a_name_that_is_spelt_with_escapes_is_no_disguise() -> None:
    body = heard(b'{"pass\\u0077ord": "' + SECRET.encode() + b'"}')
    for cut in (False, True):
        body.cut = cut
        assert SECRET not in (shown_body(body) or "")


def test_a_secret_that_is_cut_off_in_its_middle_is_no_less_secret() -> None:
    body = heard(b'{"prompt": "' + b"x" * (MOST_BODY_BYTES - 40) + b'", "password": "' + SECRET.encode() * 3)
    assert body.cut
    shown = shown_body(body)
    assert shown is not None
    assert SECRET[:6] not in shown


def test_forms_show_their_fields_and_of_files_no_byte() -> None:
    photo = base64.b64encode(os.urandom(3_000))
    form = (
        b'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nshe nods\r\n'
        b'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n' + SECRET.encode() + b"\r\n"
        b'--b\r\nContent-Disposition: form-data; name="input_reference"; filename="secret-name.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + photo + b"\r\n--b--\r\n"
    )
    shown = json.loads(shown_body(heard(form, "multipart/form-data; boundary=b")) or "")
    assert shown == {
        "prompt": "she nods",
        "token": "[taken out]",
        "input_reference": {"file": True, "content_type": "image/png", "bytes": len(photo)},
    }


def test_pictures_within_json_are_told_by_their_length() -> None:
    picture = base64.b64encode(os.urandom(9_000)).decode()
    shown = shown_body(heard(json.dumps({"image_url": f"data:image/png;base64,{picture}"}).encode()))
    assert shown is not None
    assert picture[:40] not in shown
    assert f"{len(picture)} characters" in shown


def test_queries_and_forms_lose_their_secrets_and_keep_the_rest() -> None:
    assert shown_query(f"limit=3&token={SECRET}&key={SECRET}&after=take_1") == (
        "limit=3&token=[taken out]&key=[taken out]&after=take_1"
    )
    body = heard(f"prompt=a&password={SECRET}".encode(), "application/x-www-form-urlencoded")
    assert shown_body(body) == "prompt=a&password=[taken out]"


@pytest.mark.parametrize(
    "content", [b'{"a": "\\ud800"}', b'{"a": "\\u0000"}', b"\xff\x00{", b"[" * 10_000, b"not json"]
)
def test_what_no_database_keeps_is_shown_all_the_same(content: bytes) -> None:
    shown = shown_body(heard(content))
    assert shown is not None
    shown.encode()
    assert "\x00" not in shown


def test_a_form_that_nobody_can_read_is_shown_without_fields() -> None:
    for boundary in ("b" * 500, ""):
        assert shown_body(heard(b"--b\r\n", f"multipart/form-data; boundary={boundary}")) == "{}"
