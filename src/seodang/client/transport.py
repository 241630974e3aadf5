"""One site over HTTP: requests, retries, and errors in place of status codes.

Requests that may be repeated (GET, PUT) are repeated after a lost connection or a 502, 503 or 504, with growing
pauses. A POST is repeated only when the connection was never made, so nothing is entered twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from seodang import __version__
from seodang.client import errors
from seodang.i18n import N_, current_language

API = "/api/v1"
REPEATABLE = {"GET", "HEAD", "PUT"}
PASSING_TROUBLE = {502, 503, 504}
LONGEST_PAUSE_SECONDS = 30.0
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Transport:
    """Speaks to one site.

    Args:
        url: the site, normalised (`config.normal_url`).
        token: personal token, or "" for what needs none.
        timeout: seconds without any byte before a request is given up.
        attempts: how often a repeatable request is tried in all.
        http: an httpx transport, for tests and proxies.
    """

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        timeout: float = 30.0,
        attempts: int = 4,
        http: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url
        self.token = token
        self.attempts = attempts
        self._sleep = sleep
        self._http = httpx.Client(
            base_url=url + API,
            headers={"User-Agent": f"seodang/{__version__}", "Accept": "application/json"},
            timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)),
            transport=http,
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **params: Any) -> Any:
        return self.call("GET", path, params={k: v for k, v in params.items() if v is not None})

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        files: Callable[[], Any] | None = None,
    ) -> Any:
        """The JSON that the site answers. `files` makes the multipart part anew for every attempt.

        Raises:
            ClientError: the one that says what to do.
        """
        for attempt in range(1, self.attempts + 1):
            last = attempt == self.attempts
            try:
                response = self._http.request(
                    method,
                    path,
                    params=params,
                    json=json,
                    data=data,
                    files=files() if files else None,
                    headers=self._headers(),
                )
            except httpx.TransportError as error:
                if last or not (method in REPEATABLE or isinstance(error, NEVER_SENT)):
                    raise self._unreachable(error) from error
                self._pause(attempt)
                continue
            if response.status_code in PASSING_TROUBLE and method in REPEATABLE and not last:
                self._pause(attempt, response.headers.get("Retry-After", ""))
                continue
            return self._read(response)
        raise AssertionError("the last attempt returns or raises")

    @contextmanager
    def stream(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[httpx.Response]:
        """A GET whose body is read piece by piece, once; the caller decides whether to try again.

        Raises:
            Unreachable: also when the connection breaks while the body is read.
        """
        try:
            with self._http.stream("GET", path, params=params, headers=self._headers()) as response:
                if response.status_code != 200:
                    response.read()
                    self._read(response)
                yield response
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    def repeat(self, action: Callable[[], Any]) -> Any:
        """Run a repeatable action again after a lost connection or a passing trouble of the site."""
        for attempt in range(1, self.attempts):
            try:
                return action()
            except (errors.Unreachable, errors.ServerFault) as error:
                if isinstance(error, errors.ServerFault) and error.status not in PASSING_TROUBLE:
                    raise
                self._pause(attempt)
        return action()

    def _headers(self) -> dict[str, str]:
        headers = {"Accept-Language": current_language()}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return headers

    def _pause(self, attempt: int, asked: str = "") -> None:
        seconds = float(asked) if asked.isdigit() else 0.5 * 2 ** (attempt - 1)
        self._sleep(min(seconds, LONGEST_PAUSE_SECONDS))

    def _read(self, response: httpx.Response) -> Any:
        if response.is_redirect:
            raise errors.Unreachable(
                N_("%(url)s sends its visitors on to %(target)s."),
                hint=N_("Log in at that address: seodang login URL"),
                url=self.url,
                target=response.headers.get("Location", ""),
            )
        try:
            body = response.json() if response.content else None
        except ValueError:
            body = None
        if response.is_success and (body is not None or not response.content):
            return body
        answer = errors.Answer.read(response.status_code, body, response.headers.get("Retry-After", ""))
        raise errors.from_answer(answer, url=self.url)

    def _unreachable(self, error: httpx.TransportError) -> errors.Unreachable:
        if isinstance(error, httpx.TimeoutException):
            return errors.Unreachable(
                N_("%(url)s did not answer in time."), hint=N_("Try again in a minute."), url=self.url
            )
        return errors.Unreachable(
            N_("%(url)s cannot be reached: %(reason)s."),
            hint=N_("Is the address right, and is this machine on the network?"),
            url=self.url,
            reason=str(error) or type(error).__name__,
        )
