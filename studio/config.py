"""Settings: read once from the environment (prefix DRAMATIS_), frozen afterwards. No secret has a default."""

from __future__ import annotations

import contextlib
import ipaddress
import os
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, HttpUrl, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from inference.catalogue import read_voice_server
from studio.engines.remote_models import RemoteModel
from studio.payment_settings import PaymentSettings


def origin_of(url: HttpUrl) -> str:
    """Scheme, host and port as browsers write them: a usual port is left out."""
    usual = {"http": 80, "https": 443}[url.scheme]
    return f"{url.scheme}://{url.host}" + ("" if url.port in (None, usual) else f":{url.port}")


def _is_local(address: str) -> bool:
    """Whether host:port is this machine."""
    host = address.rpartition(":")[0].strip("[]")
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


class Settings(PaymentSettings):
    """What an installation may choose. Without any variable it is the embedded default: one folder holds everything."""

    model_config = SettingsConfigDict(
        env_prefix="DRAMATIS_",
        frozen=True,
        extra="ignore",
        # A folder with a file a setting (dramatis_database_url), as containers are given secrets; variables go before.
        secrets_dir=os.environ.get("DRAMATIS_SECRETS_DIR"),
    )

    data_dir: Path = Path("~/.local/share/dramatis").expanduser()
    cache_dir: Path = Path("~/.cache/dramatis").expanduser()
    host: str = "127.0.0.1"
    port: int = Field(default=8420, ge=0, le=65535)
    public_url: HttpUrl | None = None
    cors_origins: tuple[HttpUrl, ...] = ()
    """JSON: origins of other sites' pages that may call the API from a browser, by API key (docs/api-limits.md)."""
    metrics_port: int | None = Field(default=None, ge=0, le=65535)
    """Where Prometheus reads /metrics, apart from the studio's own address: it tells of every organisation together.
    None: nowhere."""
    metrics_host: str = "127.0.0.1"
    otlp_endpoint: HttpUrl | None = Field(default=None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    """Where spans are sent (OTLP over HTTP): a collector, such as http://collector:4318. None: nowhere."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    database_url: SecretStr | None = None
    """`postgresql+psycopg://…` or `sqlite+aiosqlite:///…`; None: DATA/dramatis.sqlite."""

    database_owner_url: SecretStr | None = None
    """The same PostgreSQL database as the role that owns its tables: migrations run as that one, and the studio works
    as the role of database_url, which row level security then holds whatever happens."""

    database_listen_url: SecretStr | None = None
    """The same PostgreSQL database without a pooler in between, where database_url goes through one that hands out
    connections by transaction: notifications (LISTEN) do not come through such a pooler."""

    database_admin_url: SecretStr | None = None
    """The same PostgreSQL database as a role that sees and makes every tenant's rows (BYPASSRLS, or a superuser):
    `dramatis backup` and `restore` alone connect as that one."""

    s3_endpoint: HttpUrl | None = None
    """None: the embedded server under DATA/objects, with credentials that it makes for itself."""
    s3_public_url: HttpUrl | None = None
    """Where browsers reach the store, when that differs from s3_endpoint: links are signed for their host."""
    s3_access_key: str | None = None
    s3_secret_key: SecretStr | None = None
    s3_bucket: str = "dramatis"
    s3_region: str = "us-east-1"

    sign_up: bool = True
    """Whether anybody who reaches the studio may sign up; without it people come by invitation."""
    oidc_issuer: HttpUrl | None = None
    """An OpenID Connect provider at which people may sign in, beside passwords."""
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_name: str = "single sign-on"
    """What the provider is called on the sign-in page."""

    webhooks_to_loopback: bool = False
    """Whether webhooks may go to this machine itself, by http too: for development."""

    smtp_host: str | None = None
    """The SMTP server that takes the studio's mail; None: none is sent, and links are shown to be handed over."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """`tls`: from the first byte on, as on port 465; `none`: for a server on this machine."""
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: str | None = Field(default=None, pattern=r"^[^\r\n]*@[^\s@]+$")
    """From whom mail comes: studio@example.com, or Studio <studio@example.com>."""

    face_pack: Path | None = None
    """A folder of ONNX files; None: the packaged one. Another pack brings its own threshold."""
    face_threshold: float | None = Field(default=None, gt=0, lt=1)

    unsafe_images: Literal["off", "flag", "refuse"] = "flag"
    """What happens to photos and plates that may be indecent (docs/unsafe-images.md)."""
    unsafe_above: float = Field(default=0.8, ge=0, le=1)
    """Flag or refuse above this score. The score's authors call pictures safe below 0.2 and unsafe above 0.8."""

    node_name: str | None = Field(default=None, min_length=1, max_length=200)
    """What a node is called, one process at a time: whoever starts under a name has the place of the one before.
    None: the host's name."""
    node_pool: str = Field(default="shared", pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    """The pool that a node is in: `shared`, or one of an organisation's own."""
    node_serves: tuple[str, ...] = ()
    """JSON: the models that a node renders, as ["previs"]."""
    node_cuts: bool = True
    """Whether a node makes films' cuts, too."""
    node_port: int = Field(default=8421, ge=0, le=65535)
    """Where a node answers /healthz and /readyz, at `host`. 0: any free one."""
    node_drain_s: float = Field(default=30, ge=0)
    """Seconds that takes may go on when a node is told to stop; then they stop after a step, and go on elsewhere."""
    render_concurrency: int = Field(default=1, ge=1, le=64)
    checkpoint_every_s: float = Field(default=30, ge=0)
    """Seconds of a pulled model's render between two checkpoints in the object store: what a lost machine costs it."""
    queue_limit: int = Field(default=50_000, ge=1)
    """Takes of all organisations that may wait; beyond it submits are answered 503."""
    measure_speed: bool = True
    """Whether the first start renders two small clips, to tell how long takes last on this machine."""
    engine_module: str = "inference.worker"
    """The Python module that is run as an engine process; another one must speak the same protocol."""
    engine_rest_minutes: float = Field(default=10, ge=0)
    """Minutes without work after which an engine process is ended, which gives back all its memory; the next take
    starts it again, in about two seconds, and loads pulled models anew. 0: never."""
    triton_url: str | None = None
    """host:port of a Triton server's gRPC endpoint (scripts/triton), or several, separated by commas; without it
    engines are child processes."""
    triton_token: SecretStr | None = None
    """What Triton servers want to be shown; on another host they take nothing without (docs/triton.md)."""
    triton_ca: Path | None = None
    """PEM: who signed the certificates of Triton servers. With it they are spoken to over TLS."""
    triton_certificate: Path | None = None
    triton_key: Path | None = None
    """PEM: what this process shows Triton servers that ask for a certificate."""
    videos_url: str | None = None
    """A server that speaks OpenAI's `/v1/videos`, up to and with `/v1`: an engine for the models in videos_models."""
    videos_key: SecretStr | None = None
    videos_models: dict[str, RemoteModel] = Field(default={})
    """JSON: what such a server's models are called here, and what they can be asked for (docs/remote-models.md)."""
    engine_ranks: str = Field(default="1x1", pattern=r"^[12]x[1-9]\d?$")
    """GUIDANCExSEQUENCE processes, one a device, that share every render of a pulled model: 2x4 on eight GPUs."""
    engine_device: Literal["a100", "h100", "h200", "h20", "910b", "910c"] | None = None
    """The accelerator that the engines have, for estimates of pulled models until takes were measured. None: as this
    machine's driver calls it, an H200 where it says nothing."""
    engine_offload: Literal["auto", "none", "parts", "blocks"] = "auto"
    """Which weights of a pulled model wait in the host's memory (docs/models.md); changes no bit."""
    engine_attention: Literal["auto", "native", "plain", "cudnn", "flash3", "sage"] = "auto"
    """Attention of the fast and draft tiers of pulled models (docs/models.md)."""
    engine_products: Literal["auto", "float8"] = "auto"
    """Products of the draft tier of pulled models (docs/models.md)."""
    engine_graphs: Literal["off", "on"] = "off"
    """Whether forwards of the fast and draft tiers of pulled models are recorded and replayed (docs/models.md)."""

    @field_validator("cors_origins")
    @classmethod
    def _origins_alone(cls, origins: tuple[HttpUrl, ...]) -> tuple[HttpUrl, ...]:
        for url in origins:
            if url.path not in (None, "/") or url.query or url.fragment or url.username:
                raise ValueError(f"an origin is scheme, host and port, as https://app.example.com: {url}")
        return origins

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.s3_endpoint is not None and (self.s3_access_key is None or self.s3_secret_key is None):
            raise ValueError("DRAMATIS_S3_ENDPOINT needs DRAMATIS_S3_ACCESS_KEY and DRAMATIS_S3_SECRET_KEY")
        if self.smtp_host is not None and (self.smtp_from is None or self.public_url is None):
            raise ValueError("DRAMATIS_SMTP_HOST needs DRAMATIS_SMTP_FROM, and DRAMATIS_PUBLIC_URL for links in mails")
        if (self.smtp_username is None) != (self.smtp_password is None):
            raise ValueError("DRAMATIS_SMTP_USERNAME and DRAMATIS_SMTP_PASSWORD belong together")
        if self.smtp_security == "none" and self.smtp_password is not None and not _is_local(f"{self.smtp_host}:0"):
            raise ValueError("DRAMATIS_SMTP_PASSWORD goes to other hosts over TLS alone: set DRAMATIS_SMTP_SECURITY")
        if self.oidc_issuer is not None and (self.oidc_client_id is None or self.oidc_client_secret is None):
            raise ValueError("DRAMATIS_OIDC_ISSUER needs DRAMATIS_OIDC_CLIENT_ID and DRAMATIS_OIDC_CLIENT_SECRET")
        if self.videos_models and (self.videos_url is None or self.videos_key is None):
            raise ValueError("DRAMATIS_VIDEOS_MODELS needs DRAMATIS_VIDEOS_URL and DRAMATIS_VIDEOS_KEY")
        if (self.triton_certificate is None) != (self.triton_key is None):
            raise ValueError("DRAMATIS_TRITON_CERTIFICATE and DRAMATIS_TRITON_KEY belong together")
        if self.triton_certificate is not None and self.triton_ca is None:
            raise ValueError("DRAMATIS_TRITON_CERTIFICATE needs DRAMATIS_TRITON_CA")
        if self.triton_token is not None and self.triton_ca is None and not all(map(_is_local, self.triton_urls)):
            raise ValueError("DRAMATIS_TRITON_TOKEN goes to other hosts over TLS alone: set DRAMATIS_TRITON_CA")
        if self.face_pack is not None and self.face_threshold is None:
            raise ValueError("DRAMATIS_FACE_PACK needs DRAMATIS_FACE_THRESHOLD: a threshold belongs to its pack")
        read_voice_server(self.models_dir)  # says what is wrong with it before anything starts
        return self

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the studio by https."""
        return self.public_url is not None and self.public_url.scheme == "https"

    @property
    def browser_origins(self) -> tuple[str, ...]:
        """Where the studio's own pages come from: whom a store of the operator's has to let in."""
        if self.public_url is not None:
            return (origin_of(self.public_url),)
        hosts = dict.fromkeys(("127.0.0.1", "localhost", self.host))
        return tuple(f"http://{host}:{self.port}" for host in hosts)

    @property
    def api_origins(self) -> tuple[str, ...]:
        """Whose pages may call the API from a browser, by key."""
        return tuple(map(origin_of, self.cors_origins))

    @property
    def engine_rest_after_s(self) -> float | None:
        """The same in seconds, None where engines are never put to rest."""
        return self.engine_rest_minutes * 60 or None

    @property
    def triton_urls(self) -> tuple[str, ...]:
        """Of all Triton servers; none where engines are child processes."""
        return tuple(filter(None, (url.strip() for url in (self.triton_url or "").split(","))))

    @property
    def models_dir(self) -> Path:
        """Where prepared models lie."""
        return self.cache_dir / "models"

    @property
    def chosen_face_pack(self) -> tuple[Path, float] | None:
        """The operator's face pack and its threshold; None for the packaged one."""
        if self.face_pack is None or self.face_threshold is None:
            return None
        return self.face_pack, self.face_threshold

    @property
    def database_owner(self) -> str | None:
        """The database's URL for migrations, where it is another one."""
        return self.database_owner_url.get_secret_value() if self.database_owner_url is not None else None

    @property
    def database_listen(self) -> str | None:
        """The database's URL for notifications, where it is another one."""
        return self.database_listen_url.get_secret_value() if self.database_listen_url is not None else None

    @property
    def database(self) -> str:
        """The database's URL, resolved."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite+aiosqlite:///{self.data_dir / 'dramatis.sqlite'}"
