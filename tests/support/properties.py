"""How properties are tried: on the same examples every time, on a slow machine too."""

from hypothesis import HealthCheck, settings


def examples(number: int) -> settings:
    """Try a property on so many examples."""
    return settings(
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=number,
        suppress_health_check=[HealthCheck.too_slow],
    )
