"""Sign-in, sign-out, password reset, joining, and one's own settings."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash, views
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from surveys import membership
from surveys.forms.accounts import (
    AccountForm,
    ChangePasswordForm,
    FirstForm,
    JoinForm,
    ResetForm,
    ResetPasswordForm,
    SignInForm,
)
from surveys.models import Member, User

BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignIn(views.LoginView):
    authentication_form = SignInForm
    template_name = "surveys/accounts/sign_in.html"
    redirect_authenticated_user = True


class ResetConfirm(views.PasswordResetConfirmView):
    form_class = ResetPasswordForm
    template_name = "surveys/accounts/reset_confirm.html"
    success_url = reverse_lazy("sign-in")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, _("Your new password is set. Sign in with it."))
        return super().form_valid(form)


def reset(request: HttpRequest) -> HttpResponse:
    form = ResetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.ask(request)
        return render(request, "surveys/accounts/reset_sent.html")
    return render(request, "surveys/accounts/reset.html", {"form": form})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign-in")


@login_required
def start(request: HttpRequest) -> HttpResponse:
    """The front door: one's first organisation."""
    assert isinstance(request.user, User)  # noqa: S101  login_required
    member = Member.objects.filter(user=request.user).select_related("organisation").order_by("pk").first()
    if member:
        return redirect("home", member.organisation.slug)
    return render(request, "surveys/accounts/no_organisation.html")


@never_cache
@sensitive_post_parameters("password")
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation: signed in as the invited person, or by making that account now."""
    try:
        invitation = membership.open_invitation(token)
    except membership.LinkRefused:
        return render(request, "surveys/accounts/link_refused.html", status=410)
    known = User.objects.filter(email=invitation.email).first()
    form = JoinForm(request.POST or None, instance=User(email=invitation.email))
    if request.user.is_authenticated and request.user == known:
        if request.method == "POST":
            return _joined(request, token, known)
    elif known is None and request.method == "POST" and form.is_valid():
        return _joined(request, token, form.new_user())
    context = {"invitation": invitation, "known": known, "form": form, "token": token}
    return render(request, "surveys/accounts/join.html", context)


def _joined(request: HttpRequest, token: str, user: User) -> HttpResponse:
    try:
        member = membership.accept(token, user)
    except membership.LinkRefused:
        return render(request, "surveys/accounts/link_refused.html", status=410)
    if request.user != member.user:
        login(request, member.user, BACKEND)
    return redirect("home", member.organisation.slug)


@never_cache
@sensitive_post_parameters("password")
def first(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first organisation of a fresh installation."""
    form = FirstForm(request.POST or None)
    try:
        membership.check_first_link(token)
        if request.method == "POST" and form.is_valid():
            member = membership.found_first(form.save(commit=False), form.new_user())
            login(request, member.user, BACKEND)
            return redirect("home", member.organisation.slug)
    except membership.LinkRefused:
        return render(request, "surveys/accounts/link_refused.html", status=410)
    return render(request, "surveys/accounts/first.html", {"form": form})


@never_cache
@login_required
@sensitive_post_parameters()
def account(request: HttpRequest) -> HttpResponse:
    """One's own name, language and password."""
    assert isinstance(request.user, User)  # noqa: S101  login_required
    changing = "old_password" in request.POST
    own = AccountForm(None if changing else request.POST or None, instance=request.user)
    password = ChangePasswordForm(request.user, request.POST if changing else None)
    if request.method == "POST" and (password if changing else own).is_valid():
        (password if changing else own).save()
        if changing:
            update_session_auth_hash(request, request.user)
        messages.success(request, _("Saved."))
        return redirect("account")
    return render(request, "surveys/accounts/account.html", {"form": own, "password_form": password})
