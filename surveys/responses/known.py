"""What is known of respondents before they answer anything."""

from collections.abc import Mapping

from surveys.models import Channel, Invitation, Version


def known_beforehand(
    version: Version, channel: Channel | None, invitation: Invitation | None = None
) -> dict[str, str]:
    """{question: option} of the version's segment questions: what the channel knows of everybody who comes
    from there, or the invitation of who has it."""
    link = channel or invitation
    return known_by(link.segments, version) if link else {}


def known_by(link_segments: Mapping[str, str], version: Version) -> dict[str, str]:
    """Of what a link brings, the options that the version offers."""
    if not link_segments:
        return {}
    options = {one.code: {option.code for option in one.options} for one in version.content.segments}
    return {code: option for code, option in link_segments.items() if option in options.get(code, ())}
