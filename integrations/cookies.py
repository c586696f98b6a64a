"""A cookie jar that stays empty: one HTTP client serves all tenants, and a cookie would follow them around."""

from http.cookiejar import CookieJar, DefaultCookiePolicy


def no_cookies() -> CookieJar:
    """A jar that keeps no cookie and sends none."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))
