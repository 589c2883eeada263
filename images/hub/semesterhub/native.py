"""Login with passwords that the hub keeps itself: sign-up, one-time links, change of password."""

from typing import Any

from jupyterhub import orm
from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler
from tornado import web
from tornado.web import HTTPError
from traitlets import Unicode

from semesterhub import passwords, people, words
from semesterhub.auth import Passwords

UNEQUAL = "The two passwords are not the same. Write them once more."
SIGNED_UP = (
    "Thank you. Somebody of the course now has to confirm that it was you; then you can log in with"
    " this name and password."
)
TAKEN = (
    "Somebody has signed up with this name already. If it was not you, tell {contact}: they give"
    " you a link with which the name is yours."
)
NO_LINK = (
    "This link has been used already, has ended, or was replaced by a newer one. If you have set"
    " your password with it, log in. Otherwise ask {contact} for a new link."
)
CHANGED = "Your password is changed."


class CourseNativeAuthenticator(Passwords, Authenticator):
    """People on the roster choose a password, by a link from staff or with staff's approval.

    Whoever signs up without a link waits: a stranger could take a student's name, or a teacher's.
    """

    public_url = Unicode(config=True, help="The hub's address for browsers, without /hub/")

    async def is_password(self, handler: Any, name: str, password: str) -> bool:  # noqa: ANN401 (JupyterHub's)
        """Compare with what is kept; keep it in today's form."""
        account = people.find(handler.db, name)
        if account is None:
            await self.unknown()
            return False
        kept = account.password
        if not await passwords.matches(password, kept):
            return False
        if passwords.is_old(kept):
            new = await passwords.digest(password)
            account = people.find(handler.db, name)
            if account and account.password == kept:  # nothing changed it meanwhile
                account.password = new
                handler.db.commit()
        return True

    async def may_enter(self, handler: Any, name: str) -> None:  # noqa: ANN401 (JupyterHub's)
        """Let in only those whom staff, or a link of theirs, let in."""
        account = people.find(handler.db, name)
        if account is None or not account.is_authorized:
            raise HTTPError(403, self.say(words.WAITING))

    async def unknown(self) -> None:
        """Take as long as for a name that is known."""
        await passwords.take_as_long()

    def delete_user(self, user: Any) -> None:  # noqa: ANN401 (JupyterHub's)
        """Forget the password of somebody whom JupyterHub forgets."""
        account = people.find(self.db, user.name)
        if account is not None:
            self.db.delete(account)
            self.db.commit()
        super().delete_user(user)

    def link(self, code: str) -> str:
        """Write the address with which somebody sets their password."""
        return f"{self.public_url.rstrip('/')}/hub/welcome?code={code}"

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:  # noqa: ANN401 (JupyterHub's)
        """Give the pages beside JupyterHub's own."""
        own: list[tuple[str, type]] = [
            (r"/signup", SignUpHandler),
            (r"/welcome", WelcomeHandler),
            (r"/change-password", ChangePasswordHandler),
        ]
        return [*own, *super().get_handlers(app)]


class PasswordHandler(BaseHandler):
    """What the pages with a new password have in common."""

    async def show(self, page: str, status: int = 200, **values: Any) -> None:  # noqa: ANN401 (the page's)
        """Show a page."""
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "no-referrer")
        self.finish(await self.render_template(page, **values))

    async def new_password(self, name: str) -> tuple[str, str]:
        """Read the new password from the form: it, or what is wrong with it."""
        password = self.get_body_argument("signup_password", "", strip=False)
        again = self.get_body_argument("signup_password_confirmation", "", strip=False)
        if password != again:
            return "", UNEQUAL
        problem = await passwords.weakness(password, name, self.authenticator.course_title)
        return ("", problem) if problem else (password, "")


class SignUpHandler(PasswordHandler):
    """Somebody comes without a link, and waits for staff's approval."""

    async def get(self) -> None:
        """Show the form."""
        await self.show("signup.html", person=self.get_argument("username", ""))

    async def post(self) -> None:
        """Make an account that waits."""
        authenticator = self.authenticator
        name = authenticator.normalize_username(self.get_body_argument("username", ""))
        if name not in authenticator.allowed_users or not authenticator.validate_username(name):
            problem = f"“{name[:80]}” is not on the class list of {authenticator.course_title}."
            problem += authenticator.say(
                " Write your name as the course told you, or ask {contact}."
            )
            return await self.show("signup.html", 403, person=name[:80], problem=problem)
        password, problem = await self.new_password(name)
        if problem:
            return await self.show("signup.html", 400, person=name, problem=problem)
        if people.find(self.db, name) or not people.sign_up(
            self.db, name, await passwords.digest(password)
        ):
            problem = authenticator.say(TAKEN)
            return await self.show("signup.html", 409, person=name, problem=problem)
        self.log.info("%s signed up and waits for approval", name)
        return await self.show("signup.html", person=name, done=SIGNED_UP)


class WelcomeHandler(PasswordHandler):
    """Somebody comes with a link that staff made, and sets the password of its name."""

    async def get(self) -> None:
        """Show the form. The link is not used yet: mail programs look at links, too."""
        await self._form()

    async def post(self) -> None:
        """Set the password, end the link and everybody's sessions of that name, and log in."""
        code = self.get_argument("code", "")
        name = people.whose_link(self.db, code)
        if name is None:
            return await self._form()
        password, problem = await self.new_password(name)
        if problem:
            return await self._form(400, problem)
        if people.use_link(self.db, code, await passwords.digest(password)) is None:
            return await self._form()
        self.log.info("%s has set a password with a link", name)
        end_sessions(self, name)
        self.authenticator.tries.forgive(name)
        self._jupyterhub_user = await self.login_user({"username": name, "password": password})
        return self.redirect(f"{self.hub.base_url}home")

    async def _form(self, status: int = 200, problem: str = "") -> None:
        authenticator = self.authenticator
        code = self.get_argument("code", "")
        name = people.whose_link(self.db, code)
        if name is None or name not in authenticator.allowed_users:
            raise HTTPError(410, authenticator.say(NO_LINK))
        await self.show("welcome.html", status, person=name, code=code, problem=problem)


class ChangePasswordHandler(PasswordHandler):
    """Somebody who is logged in changes the password."""

    @web.authenticated
    async def get(self) -> None:
        """Show the form."""
        await self.show("change-password.html")

    @web.authenticated
    async def post(self) -> None:
        """Check the old password, as often as a login may; keep the new one."""
        name = self.current_user.name
        try:
            await self.authenticator.try_password(
                self, name, self.get_body_argument("old_password", "", strip=False)
            )
        except HTTPError as refusal:
            known = refusal.status_code == 429  # noqa: PLR2004 (too many)
            problem = refusal.get_message() if known else "The present password is another one."
            return await self.show("change-password.html", refusal.status_code, problem=problem)
        password, problem = await self.new_password(name)
        if problem:
            return await self.show("change-password.html", 400, problem=problem)
        people.set_password(self.db, name, await passwords.digest(password))
        return await self.show("change-password.html", done=CHANGED)


def end_sessions(handler: Any, name: str) -> None:  # noqa: ANN401 (JupyterHub's)
    """Log a name out everywhere: whoever used it before has not the new password.

    What a running server shows to the hub stays: with it, nobody can log in.
    """
    orm_user = orm.User.find(handler.db, name)
    if orm_user is None:
        return
    user = handler.users[orm_user]
    servers = {
        found.id
        for spawner in user.spawners.values()
        if spawner.api_token and (found := orm.APIToken.find(handler.db, spawner.api_token))
    }
    for token in list(orm_user.api_tokens):
        if token.id not in servers:
            handler.db.delete(token)
    orm_user.cookie_id = orm.new_token()
    handler.db.commit()
