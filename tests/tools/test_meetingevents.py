"""tools/lib/meetingevents.py: the webhooks of the load test, and what they come to."""
import base64
import hashlib
import hmac
import json
import unittest

import meetingevents


def event(name, room="RM_1", at=10, kind="STANDARD", **room_has):
    return {"event": name, "room": {"sid": room, "name": "r"} | room_has, "createdAt": str(at), "participant": {"kind": kind}}


class Sessions(unittest.TestCase):
    def test_an_end_is_final_and_the_earliest_times_count(self):
        events = [event("room_finished", at=30), event("room_started", at=12), event("room_finished", at=29), event("track_published", at=15)]
        for order in (events, events[::-1]):
            self.assertEqual(meetingevents.sessions(order), {"RM_1": ("r", "ENDED", 12, 29)})

    def test_what_was_lost_is_not_known(self):
        self.assertEqual(meetingevents.sessions([event("room_finished")]), {"RM_1": ("r", "ENDED", None, 10)})
        self.assertEqual(meetingevents.sessions([event("participant_joined", creationTime="7")]), {"RM_1": ("r", "ACTIVE", 7, None)})

    def test_who_leaves_or_records_makes_no_session(self):
        self.assertEqual(meetingevents.sessions([event("participant_left"), event("participant_joined", kind="EGRESS")]), {})


class Made(unittest.TestCase):
    def test_the_same_seed_makes_the_same_of_every_sort(self):
        events = meetingevents.make(2000)
        self.assertEqual(len(events), 2000)
        self.assertEqual(events, meetingevents.make(2000))
        self.assertNotEqual(events, meetingevents.make(2000, seed=2))
        self.assertLess(len({one["id"] for one in events}), 1900, "some are repeated")
        ends = meetingevents.sessions(events).values()
        self.assertEqual({status for _, status, _, _ in ends}, {"ACTIVE", "ENDED"})
        self.assertTrue(any(start is None for _, _, start, _ in ends), "starts are lost")
        rooms = {one["room"]["sid"] for one in events}
        self.assertLess(len(ends), len(rooms), "some make no session")

    def test_some_ends_come_before_their_starts(self):
        place = {}
        for number, one in enumerate(meetingevents.make(2000)):
            place.setdefault((one["event"], one["room"]["sid"]), number)
        self.assertTrue(any(place.get(("room_finished", sid), number) < number for (name, sid), number in place.items()
                            if name == "room_started"))


class Signed(unittest.TestCase):
    def test_a_token_binds_the_body_to_the_secret(self):
        head, claims, signature = meetingevents.signed(b"body", "key", "secret", 1000, life=60).split(".")

        def decoded(text):
            return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        self.assertEqual(json.loads(decoded(head)), {"alg": "HS256", "typ": "JWT"})
        self.assertEqual(json.loads(decoded(claims)), {"iss": "key", "nbf": 995, "exp": 1060, "sha256":
                                                       base64.b64encode(hashlib.sha256(b"body").digest()).decode()})
        self.assertEqual(decoded(signature), hmac.new(b"secret", f"{head}.{claims}".encode(), hashlib.sha256).digest())


if __name__ == "__main__":
    unittest.main()
