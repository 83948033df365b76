"""What is known of respondents before they answer anything."""

from surveys.models import Channel, Invitation, Version


def known_beforehand(
    version: Version, channel: Channel | None, invitation: Invitation | None = None
) -> dict[str, str]:
    """{question: option} of the version's segment questions: what the channel knows of everybody who comes
    from there. An invitation knows nothing yet.

    An option that the version does not offer is not given.
    """
    said = channel.segments if channel else {}
    if not said:
        return {}
    options = {one.code: {option.code for option in one.options} for one in version.content.segments}
    return {segment: option for segment, option in said.items() if option in options.get(segment, ())}
