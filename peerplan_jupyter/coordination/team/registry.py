"""The registry of a team: whose a prefix is, and which are taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ...errors import InvalidInputError
from ..person import HASH_LENGTHS, email_hash
from .people import Former, Member, Reservation


@dataclass(frozen=True)
class Team:
    """Members, kept prefixes and former members. `problems` say in sentences which files could
    not be read, and `unreadable` which prefixes those are named by.
    """

    members: tuple[Member, ...] = ()
    reserved: tuple[Reservation, ...] = ()
    former: tuple[Former, ...] = ()
    problems: tuple[str, ...] = ()
    unreadable: frozenset[str] = frozenset()

    @cached_property
    def taken(self) -> frozenset[str]:
        """Every prefix that is a member's, kept, or a former member's, in capitals."""
        of_people = {prefix for one in self._people for prefix in one.all_prefixes}
        return frozenset(of_people | {one.prefix for one in self.reserved} | self.unreadable)

    def person(self, email: str) -> Member | None:
        """The member with this e-mail address."""
        return next((one for one in self.members if one.has_email(email)), None)

    def member(self, prefix: str) -> Member | None:
        """The member whose prefix it is."""
        wanted = prefix.upper()
        return next((one for one in self.members if wanted in one.all_prefixes), None)

    def owner(self, prefix: str, named: str = "") -> Member | None:
        """The member whose prefix it is, or the former member whose it was last; of several, the
        one who is `named` so.
        """
        wanted, name = prefix.upper(), named.strip().casefold()
        left = [one for one in reversed(self.former) if wanted in one.all_prefixes]
        here = self.member(prefix)
        known: list[Member] = [*([here] if here else ()), *left]
        called = (one for one in known if name and one.name.strip().casefold() == name)
        return next(called, next(iter(known), None))

    def owner_name(self, prefix: str, named: str = "") -> str:
        """Who makes ids with this prefix, in short: the first name in small letters, the whole
        name where two share the first, and the prefix itself where nobody is known. Of several who
        had the prefix, the one who is `named` so.
        """
        one = self.owner(prefix, named)
        if one is None or not one.name.strip():
            return prefix
        first = _first_name(one)
        return first if self._first_names[first] == 1 else one.name.lower()

    def email_prefix(self, email: str) -> str:
        """The prefix that is made from an e-mail address: the one on record for it; otherwise
        four digits of its hash, or six, or eight, the fewest that nobody else has.
        """
        known = self.person(email)
        own = set(known.prefixes if known else ())
        hashes = [email_hash(email, length) for length in HASH_LENGTHS]
        recorded = [one for one in hashes if one.upper() in own]
        free = [one for one in hashes if one.upper() not in self.taken]
        return [*recorded, *free, hashes[-1]][0]

    def check(self, prefix: str, *, required: bool) -> list[str]:
        """What there is to say of new ids with this prefix. An unknown one is an
        `InvalidInputError` where registration is `required`. No prefix is always right.
        """
        if not prefix or prefix.upper() in self.taken:
            return []
        said = f"unknown prefix {prefix}: register in team.yaml first"
        if required:
            raise InvalidInputError(said, hint="`orc team join` does that.")
        return [said]

    def collisions(self) -> Iterator[str]:
        """Who shares a prefix or an e-mail address with whom, in sentences."""
        prefixes = Counter(one for member in self.members for one in set(member.all_prefixes))
        emails = Counter(one.email.strip().lower() for one in self.members if one.email.strip())
        for what, counted in (("prefix", prefixes), ("e-mail address", emails)):
            for shared in sorted(one for one, count in counted.items() if count > 1):
                yield f"{self._with(shared)} have the same {what}: {shared}."

    def _with(self, shared: str) -> str:
        people = [
            one.initials
            for one in self.members
            if shared in one.all_prefixes or one.has_email(shared)
        ]
        return " and ".join(people)

    @cached_property
    def _people(self) -> tuple[Member, ...]:
        return (*self.members, *self.former)

    @cached_property
    def _first_names(self) -> Counter[str]:
        people = {(one.initials, one.name): one for one in (*self.former, *self.members)}
        return Counter(_first_name(one) for one in people.values() if one.name.strip())


def _first_name(one: Member) -> str:
    return one.name.split()[0].lower()
