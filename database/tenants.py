"""Tenants: every other row belongs to one."""

import re

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import Tenant

CODE = re.compile(r"[a-z][a-z0-9]{2,15}")
"""What a tenant may be called (Emporix A)."""


class InvalidTenantCode(ValueError):
    """No tenant can have this code."""


async def ensure_tenant(session: AsyncSession, code: str) -> None:
    """Create the tenant unless it exists.

    Raises:
        InvalidTenantCode: the code is not 3 to 16 lower-case letters and digits that begin with a letter.
    """
    if not CODE.fullmatch(code):
        raise InvalidTenantCode(f"{code!r} is no tenant code: 3 to 16 of a-z and 0-9, a letter first")
    await session.execute(insert(Tenant).values(code=code).on_conflict_do_nothing())


async def tenant_exists(session: AsyncSession, code: str) -> bool:
    """Whether there is such a tenant."""
    return await session.get(Tenant, code) is not None
