"""What exists of people: a user, their personal tokens, a device waiting for approval, the first key."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    """Users are known by their e-mail address, whatever its letters' case."""

    def create_user(self, email: str, password: str | None = None, **fields) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)  # None sets an unusable one
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, may_teach=True, **fields)

    def get_by_natural_key(self, email: str) -> User:
        return self.get(email=email.lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Roles are not here: they belong to a course (`courses.Enrollment`)."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    may_teach = models.BooleanField(
        _("may open courses"), default=False, help_text=_("Lets this person create courses.")
    )
    is_staff = models.BooleanField(
        _("runs the site"),
        default=False,
        help_text=_("Lets this person see jobs and the administration pages."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        return self.name or self.email


def display_name(user: User) -> str:
    return str(user)


class Token(models.Model):
    """A personal key to the API. Only its digest is kept; the key itself is shown once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=60)
    prefix = models.CharField(max_length=12, help_text="The first letters of the key, to recognise it by.")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the key, hexadecimal.")
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class DeviceLogin(models.Model):
    """A command line that waits for its person to approve it in a browser (RFC 8628)."""

    user_code = models.CharField(max_length=9, unique=True, help_text="What the person compares: ABCD-EFGH.")
    device_digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the device code.")
    client_name = models.CharField(max_length=60)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    polled_at = models.DateTimeField(null=True, help_text="When its command line last asked.")
    approved_by = models.ForeignKey(User, null=True, on_delete=models.CASCADE)
    denied = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.user_code


class SetupKey(models.Model):
    """The one-time key printed by an empty site; whoever holds it makes the first account."""

    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"setup key of {self.created_at:%Y-%m-%d %H:%M}"
