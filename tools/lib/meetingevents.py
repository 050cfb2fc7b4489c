"""Webhooks of many meetings as LiveKit sends them, repeated, swapped and with some of them lost, and what the sessions
must be in the end."""
import base64
import hashlib
import hmac
import json
import random

CREATED = 1_767_225_600  # Unix seconds
DISORDER = 60            # an event goes astray by as many places


def _events_of(number, rng):
    """What LiveKit tells of one meeting, in its order, without what was lost."""
    room = {"sid": f"RM_{number:06}", "name": f"room {number}"}
    full = room | {"creationTime": str(CREATED + number)}
    alice = {"sid": f"PA_{number:06}", "identity": "alice", "kind": "STANDARD", "state": "ACTIVE"}
    recorder = {"sid": f"PA_R{number:06}", "identity": "EG_1", "kind": "EGRESS", "state": "ACTIVE"}
    track = {"sid": f"TR_{number:06}", "type": "AUDIO", "source": "MICROPHONE"}
    events = [{"event": "room_started", "room": full},
              {"event": "participant_joined", "room": full, "participant": alice},
              {"event": "track_published", "room": room, "participant": alice, "track": track},
              {"event": "participant_joined", "room": full, "participant": recorder},
              {"event": "track_unpublished", "room": room, "participant": alice, "track": track},
              {"event": "participant_left", "room": full, "participant": alice},
              {"event": "room_finished", "room": full}]
    for place, event in enumerate(events):
        event |= {"id": f"EV_{number}_{place}", "createdAt": str(CREATED + number + place)}
    kind = rng.random()
    if kind < 0.2:
        events.pop()         # goes on
    elif kind < 0.3:
        del events[0]        # its start was lost
    elif kind < 0.4:
        events = events[-1:]  # all but its end was
    elif kind < 0.5:
        events.append(events[-1] | {"id": f"EV_{number}_again", "createdAt": str(CREATED + number + 9)})
    elif kind < 0.55:
        events = [event for event in events if event["event"] in ("participant_left", "track_unpublished")
                  or event.get("participant") is recorder]  # none that makes a session
    return events + [event for event in events if rng.random() < 0.2]


def make(count, seed=1):
    """`count` webhooks in the order in which they are sent."""
    rng = random.Random(seed)
    placed, number = [], 0
    while len(placed) < count:
        placed += [(len(placed) + place, event) for place, event in enumerate(_events_of(number, rng))]
        number += 1
    placed = placed[:count]
    placed.sort(key=lambda entry: entry[0] + rng.uniform(-DISORDER, DISORDER))
    return [event for _, event in placed]


def _tells_of_start(event):
    joined = event["event"] == "participant_joined" and event["participant"]["kind"] != "EGRESS"
    return joined or event["event"] in ("room_started", "track_published")


def sessions(events):
    """What these events come to in any order: {meetingId: (room, status, start, end)}, times in Unix seconds or None."""
    ended, begun, names = {}, {}, {}
    for event in events:
        room = event["room"]
        if event["event"] == "room_finished":
            into, time = ended, int(event["createdAt"])
        elif _tells_of_start(event):
            into, time = begun, int(room.get("creationTime", event["createdAt"]))
        else:
            continue
        names[room["sid"]] = room["name"]
        into[room["sid"]] = min(into.get(room["sid"], time), time)
    return {sid: (name, "ENDED" if sid in ended else "ACTIVE", begun.get(sid), ended.get(sid)) for sid, name in names.items()}


def _base64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(body, key, secret, now, life=900):
    """`Authorization` of a webhook: a bare token over the SHA-256 of its body."""
    claims = {"iss": key, "nbf": int(now) - 5, "exp": int(now) + life, "sha256": base64.b64encode(hashlib.sha256(body).digest()).decode()}
    text = ".".join(_base64(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"{text}.{_base64(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())}"
