"""The API of accounts: who you are, and logging in a command line."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from django.urls import reverse
from ninja import Router, Schema, Status
from ninja.errors import Throttled
from ninja.security import HttpBearer
from pydantic import Field

from seodang.site.accounts import services, throttle
from seodang.site.accounts.models import User
from seodang.site.web.api import PlainText, errors

router = Router(tags=["accounts"])

STARTS_PER_MINUTE = 10
# A command line asks every five seconds; a class behind one address does so together.
POLLS_PER_MINUTE = 600


class TokenAuth(HttpBearer):
    """`Authorization: Bearer sd_…`: a personal token of an active account."""

    openapi_scheme = "bearer"

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        found = services.authenticate_token(token)
        if found is None:
            return None
        request.user = found.user
        request.api_token = found
        return found.user


class MeOut(Schema):
    name: str = Field(examples=["Kim Minji"])
    email: str = Field(examples=["minji@example.ac.kr"])
    may_teach: bool = Field(description="May open courses.")
    is_staff: bool = Field(description="Runs the site.")


class DeviceIn(Schema):
    client_name: Annotated[PlainText, Field(max_length=200)] = Field("", examples=["seodang @ laptop"])


class DeviceOut(Schema):
    """RFC 8628, section 3.2."""

    device_code: str
    user_code: str = Field(description="What the person compares.", examples=["BCDF-GHJK"])
    verification_uri: str = Field(examples=["https://seodang.example.ac.kr/device/"])
    verification_uri_complete: str
    expires_in: int = Field(description="Seconds.", examples=[600])
    interval: int = Field(description="Seconds between polls, at least.", examples=[5])


class DeviceTokenIn(Schema):
    device_code: Annotated[PlainText, Field(max_length=200)]


class DeviceTokenOut(Schema):
    access_token: str = Field(examples=["sd_…"])
    token_type: str = Field("bearer")


@router.get("/me", response={200: MeOut, **errors()}, summary="Who you are")
def me(request: HttpRequest) -> Any:
    return request.user


@router.delete("/me/token", response={204: None, **errors(403)}, summary="Give the token of this request up")
def give_up_token(request: HttpRequest) -> Any:
    """For `seodang logout`: the token that authorised this request opens nothing afterwards."""
    token = getattr(request, "api_token", None)
    if token is not None:
        services.delete_token(token)
    return Status(204, None)


@router.post("/device", auth=None, response={200: DeviceOut, **errors(429)}, summary="Begin to log in a device")
def device(request: HttpRequest, given: DeviceIn) -> Any:
    """RFC 8628: show `user_code` and the address to the person; ask `/device/token` every `interval` seconds."""
    _limit(request, "device-start", STARTS_PER_MINUTE)
    start = services.start_device_login(given.client_name)
    address = request.build_absolute_uri(reverse("accounts:device"))
    return {
        "device_code": start.device_code,
        "user_code": start.user_code,
        "verification_uri": address,
        "verification_uri_complete": f"{address}?user_code={start.user_code}",
        "expires_in": start.expires_in,
        "interval": start.interval,
    }


@router.post(
    "/device/token", auth=None, response={200: DeviceTokenOut, **errors(429)}, summary="Ask whether it is approved"
)
def device_token(request: HttpRequest, given: DeviceTokenIn) -> Any:
    """400 with the codes of RFC 8628 until the person has answered: `authorization_pending`, `slow_down`,
    `access_denied`, `expired_token`. The token is given once."""
    _limit(request, "device-poll", POLLS_PER_MINUTE)
    _token, secret = services.poll_device_login(given.device_code)
    return {"access_token": secret, "token_type": "bearer"}


def _limit(request: HttpRequest, action: str, per_minute: int) -> None:
    if not throttle.spend(action, throttle.whose(request), limit=per_minute, seconds=60):
        raise Throttled(wait=60)
