"""Brings messages out, and tries again what did not get through."""

import logging
from collections.abc import Mapping

from semesterhub_alerts.channels import Channel, DeliveryError, PartlyDeliveredError
from semesterhub_alerts.message import Message
from semesterhub_alerts.store import Memory, Waiting

log = logging.getLogger("alerts")


def enqueue(memory: Memory, channels: Mapping[str, Channel], message: Message, now: float) -> None:
    """Note a message for every channel; from now on a restart loses it no more."""
    memory.waiting += [Waiting(name, message, now) for name in channels]


def deliver(memory: Memory, channels: Mapping[str, Channel], now: float) -> None:
    """Send what is due; what a channel does not take waits, and its later messages with it."""
    blocked: set[str] = set()
    still: list[Waiting] = []
    for each in memory.waiting:
        channel = channels.get(each.channel)
        if channel is None:
            continue  # it is configured no more
        if each.channel in blocked or not each.is_due(now):
            blocked.add(each.channel)
            still.append(each)
            continue
        error = _sent(each, channel)
        if not error:
            memory.sent[each.channel] = now
            memory.errors.pop(each.channel, None)
            continue
        memory.errors[each.channel] = error
        blocked.add(each.channel)
        if each.is_hopeless(now):
            log.error("Gave up on a message by %s: %s", each.channel, error)
        else:
            log.warning("A message by %s waits: %s", each.channel, error)
            still.append(each.later(now))
    memory.waiting = still


def _sent(each: Waiting, channel: Channel) -> str:
    """Return why it was not sent, empty if it was."""
    try:
        channel(each.message)
    except PartlyDeliveredError as error:
        log.warning("Sent by %s, not to all: %s", each.channel, error)
    except DeliveryError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 (the other channels' messages are to be noted as sent)
        # Its kind alone: the rest may have a secret in it.
        return f"it failed with {type(error).__name__}"
    return ""
