"""What somebody chooses as they start a server: shown to whom has a choice, and checked then."""

import json
from typing import Any

from jupyterhub.spawner import SpawnException
from traitlets import HasTraits, default

from semesterhub import profiles, words
from semesterhub.roster import load_roster
from semesterhub.settings import Settings

MAX_OPTIONS = 4096


class Choosing(HasTraits):
    """The part of a spawner whose options are a profile's name and nothing else."""

    settings: Settings
    user: Any
    user_options: dict[str, Any]
    orm_spawner: Any
    log: Any

    async def get_options_form(self) -> str:
        """Show a choice to whom has one."""
        mine = profiles.allowed(self.settings, load_roster(), self.user.name)
        last = (self.orm_spawner.user_options or {}) if self.orm_spawner else {}
        return profiles.form(mine, last.get(profiles.FIELD))

    @default("options_from_form")
    def _default_options_from_form(self) -> Any:  # noqa: ANN401 (JupyterHub's own)
        return self._simple_options_from_form

    def checked_choice(self) -> Settings:
        """Check what was chosen, whatever a form showed, and return the settings of this start."""
        # What nobody sends in earnest: options are kept in the hub's database.
        if len(json.dumps(self.user_options)) > MAX_OPTIONS:
            self._forget_options()
            raise SpawnException("These options are too long.", reason="options", status_code=400)
        try:
            profile = profiles.choose(
                self.settings, load_roster(), self.user.name, self.user_options
            )
        except profiles.NotForThemError as error:
            self._forget_options()
            self.log.warning("%s asked for a profile that is not theirs", self.user.name)
            raise SpawnException(str(error), reason="profile", status_code=403) from None
        if profile and profile.gpus and self._has_gpus():
            raise SpawnException(words.ONE_WITH_GPUS, reason="gpu", status_code=403)
        return profiles.applied(self.settings, profile)

    def _has_gpus(self) -> bool:
        """Whether another server of this person has GPUs: with several, one could have them all."""
        for other in self.user.spawners.values():
            wanted = (other.user_options or {}).get(profiles.FIELD)
            mine = profiles.allowed(self.settings, load_roster(), self.user.name)
            known = [one for one in self.settings.profiles if one.slug == wanted] or mine[:1]
            if other is not self and other.active and any(one.gpus for one in known):
                return True
        return False

    def _forget_options(self) -> None:
        """Let the next start begin without them: JupyterHub takes the last ones again."""
        self.user_options = {}
        if self.orm_spawner:
            self.orm_spawner.user_options = {}
            self.user.db.commit()
