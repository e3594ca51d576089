"""The life of a wrap-up code, told with the official Python SDK, unmodified, against `rehearse serve`.

Usage: python3 life.py READY-FILE. One line a step, 'N passed, N failed' at the end, status 1 if any step failed.
"""

import json
import math
import os
import re
import sys
import time
import traceback
import urllib.request

import PureCloudPlatformClientV2 as sdk
from PureCloudPlatformClientV2.rest import ApiException

PAGE_SIZE = 4
CODES = 9  # with PAGE_SIZE 4: three pages even on an empty tenant
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NOBODY = "00000000-0000-4000-8000-00000000dead"
NOT_FOUND = ("not.found", "resource.not.found")


def equal(found, expected, what="value"):
    if found != expected:
        raise AssertionError(f"{what}: found {found!r}, expected {expected!r}")


def true(fact, what):
    if not fact:
        raise AssertionError(what)


def refused(call, statuses, codes=()):
    """Makes a call that must be refused; checks status, code and the error envelope; gives the headers."""
    try:
        answer = call()
    except ApiException as error:
        true(error.status in statuses, f"status {error.status}, expected {statuses}: {error.body}")
        body = json.loads(error.body)
        equal(body["status"], error.status, "status in the body")
        true(not codes or body["code"] in codes, f"code {body['code']}, expected {codes}")
        true(body["code"] and body["message"], f"code or message is empty: {error.body}")
        true(UUID.fullmatch(body["contextId"]), f"contextId {body['contextId']}")
        equal(body["contextId"], error.headers["ININ-Correlation-Id"], "contextId")
        return error.headers
    raise AssertionError(f"answered {answer}, expected status {statuses}")


class Life:
    def __init__(self, ready):
        self.admin = ready["admin"]
        self.base = next(l["url"] for l in ready["listeners"] if l["profile"] == "genesys-cloud")
        self.run = f"py-{os.getpid()}-{time.time_ns()}"
        self.codes = []  # what this run created, in order of name
        self.queue = None
        sdk.configuration.host = self.base.rstrip("/")
        self.client = sdk.api_client.ApiClient()
        self.routing = sdk.RoutingApi(self.client)

    def status(self):
        return self.client.last_response.status

    def header(self, name):
        return self.client.last_response.getheader(name)

    def refresh(self, i):
        self.codes[i] = self.routing.get_routing_wrapupcode(self.codes[i].id)

    def all_by_page_count(self):
        found, page, count = [], 1, 1
        while page <= count:
            listing = self.routing.get_routing_wrapupcodes(page_size=PAGE_SIZE, page_number=page)
            equal(listing.page_number, page, "pageNumber")
            equal(listing.page_size, PAGE_SIZE, "pageSize")
            true(len(listing.entities) <= PAGE_SIZE, "a page is too long")
            found += listing.entities
            count, page = listing.page_count, page + 1
        equal(len(found), listing.total, "total")
        equal(count, math.ceil(listing.total / PAGE_SIZE), "pageCount")
        true(count >= 3, f"{count} pages, expected at least 3")
        return found

    def all_by_next_uri(self):
        found = []
        listing = self.routing.get_routing_wrapupcodes(page_size=PAGE_SIZE)
        equal(listing.previous_uri, None, "previousUri of the first page")
        while True:
            found += listing.entities
            if not listing.next_uri:
                equal(listing.page_number, max(listing.page_count, 1), "the page without nextUri")
                return found
            true(listing.next_uri.startswith("/api/v2/routing/wrapupcodes?"), f"nextUri {listing.next_uri}")
            true(len(found) < 100000, "nextUri goes on for ever")
            listing = self.client.call_api(
                listing.next_uri,
                "GET",
                response_type="WrapupCodeEntityListing",
                auth_settings=["PureCloud OAuth"],
            )

    def queue_code_ids(self):
        listing = self.routing.get_routing_queue_wrapupcodes(self.queue.id, page_size=100)
        equal(listing.total, len(listing.entities), "total")
        return sorted(code.id for code in listing.entities)

    # The steps, in order. Each stands for itself as far as it can, so that one failure does not hide the rest.

    def token(self):
        self.client.get_client_credentials_token("acme-admin", "acme-admin-secret")
        true(len(self.client.access_token) >= 16, "the token is too short")

    def token_refused_for_a_wrong_secret(self):
        try:
            sdk.api_client.ApiClient().get_client_credentials_token("acme-admin", "wrong")
        except ApiException as error:
            true(error.status in (400, 401), f"status {error.status}")
            body = json.loads(error.body)
            equal(body["error"], "invalid_client", "error")
            true(body["description"] and body["error_description"], error.body)
            return
        raise AssertionError("a token was given")

    def create(self):
        for i in range(1, CODES + 1):
            body = sdk.WrapupCodeRequest()
            body.name = f"{self.run} code {i}"
            code = self.routing.post_routing_wrapupcodes(body)
            equal(self.status(), 200, "status")
            true(self.header("Content-Type").startswith("application/json"), "not JSON")
            true(UUID.fullmatch(self.header("ININ-Correlation-Id")), "no ININ-Correlation-Id")
            equal(code.name, body.name, "name")
            true(UUID.fullmatch(code.id), f"id {code.id}")
            equal(code.self_uri, f"/api/v2/routing/wrapupcodes/{code.id}", "selfUri")
            true(code.date_created.year >= 1970, f"dateCreated {code.date_created}")
            true(isinstance(code.created_by, str), f"createdBy {code.created_by}")
            self.codes.append(code)

    def list_all_pages_by_page_count(self):
        found = self.all_by_page_count()
        equal(len({code.id for code in found}), len(found), "number of different ids")
        mine = [code.id for code in found if code.name.startswith(self.run)]
        equal(mine, [code.id for code in self.codes], "codes of this run, in order")

    def list_all_pages_by_next_uri(self):
        followed = [code.id for code in self.all_by_next_uri()]
        equal(followed, [code.id for code in self.all_by_page_count()], "ids")

    def read(self):
        code = self.routing.get_routing_wrapupcode(self.codes[0].id)
        equal(self.status(), 200, "status")
        equal(code.to_dict(), self.codes[0].to_dict(), "code")

    def read_two_by_a_list_of_ids(self):
        wanted = sorted(code.id for code in self.codes[1:3])
        listing = self.routing.get_routing_wrapupcodes(id=wanted)
        equal(sorted(code.id for code in listing.entities), wanted, "ids")

    def update(self):
        body = sdk.WrapupCodeRequest()
        body.name = f"{self.run} code 1, renamed"
        body.description = "Ü and 日本"
        code = self.routing.put_routing_wrapupcode(self.codes[0].id, body)
        equal(self.status(), 200, "status")
        equal((code.id, code.name), (self.codes[0].id, body.name), "id and name")
        equal(code.date_created, self.codes[0].date_created, "dateCreated")
        self.refresh(0)
        equal(self.codes[0].name, body.name, "name, read again")
        equal(self.codes[0].description, body.description, "description, read again")

    def assign_to_a_queue(self):
        request = sdk.CreateQueueRequest()
        request.name = f"{self.run} queue"
        self.queue = self.routing.post_routing_queues(request)
        true(UUID.fullmatch(self.queue.id), f"id {self.queue.id}")
        equal(self.queue_code_ids(), [], "codes of a new queue")
        wanted = []
        for code in self.codes[:3]:
            reference = sdk.WrapUpCodeReference()
            reference.id = code.id
            wanted.append(reference)
        given = self.routing.post_routing_queue_wrapupcodes(self.queue.id, wanted)
        equal(self.status(), 200, "status")
        names = {code.id: code.name for code in given}
        for code in self.codes[:3]:
            equal(names.get(code.id), code.name, "name of an assigned code")

    def list_the_queues_codes(self):
        equal(self.queue_code_ids(), sorted(code.id for code in self.codes[:3]), "ids")

    def unassign(self):
        self.routing.delete_routing_queue_wrapupcode(self.queue.id, self.codes[0].id)
        equal(self.status(), 200, "status")
        equal(self.queue_code_ids(), sorted(code.id for code in self.codes[1:3]), "ids")

    def status_400_for_a_missing_name(self):
        body = sdk.WrapupCodeRequest()
        body.description = "no name"
        refused(lambda: self.routing.post_routing_wrapupcodes(body), (400,))

    def status_400_or_409_for_a_duplicate_name(self):
        body = sdk.WrapupCodeRequest()
        body.name = self.codes[1].name
        refused(lambda: self.routing.post_routing_wrapupcodes(body), (400, 409), ("duplicate.name",))

    def status_401_for_a_bad_token(self):
        stranger = sdk.api_client.ApiClient()
        stranger.access_token = "not-a-token"
        api = sdk.RoutingApi(stranger)
        refused(lambda: api.get_routing_wrapupcodes(), (401,), ("bad.credentials",))

    def status_403_for_a_reader_who_creates(self):
        reader = sdk.api_client.ApiClient()
        api = sdk.RoutingApi(reader.get_client_credentials_token("acme-reader", "acme-reader-secret"))
        equal(api.get_routing_wrapupcode(self.codes[0].id).id, self.codes[0].id, "id, read by the reader")
        body = sdk.WrapupCodeRequest()
        body.name = f"{self.run} forbidden"
        missing = ("missing.permissions", "missing.any.permissions")
        refused(lambda: api.post_routing_wrapupcodes(body), (403,), missing)

    def status_404_for_an_unknown_id(self):
        refused(lambda: self.routing.get_routing_wrapupcode(NOBODY), (404,), NOT_FOUND)

    def status_429_waited_out_by_the_sdk(self):
        """This SDK repeats the call by itself: the 429 shows in its history of tries and in the time taken."""
        self.call_admin("POST", "/faults", {"preset": "429-burst", "times": 1})
        began = time.monotonic()
        code = self.routing.get_routing_wrapupcode(self.codes[0].id)
        took = time.monotonic() - began
        equal(code.id, self.codes[0].id, "id")
        tries = self.client.last_response.urllib3_response.retries.history
        equal([t.status for t in tries], [429], "statuses before the answer")
        true(0.9 <= took <= 60, f"took {took:.2f} s, expected Retry-After to be waited for")

    def delete_then_404(self):
        self.routing.delete_routing_wrapupcode(self.codes[0].id)
        equal(self.status(), 200, "status")
        equal(self.client.last_response.data, "", "body")
        refused(lambda: self.routing.get_routing_wrapupcode(self.codes[0].id), (404,), NOT_FOUND)
        refused(lambda: self.routing.delete_routing_wrapupcode(self.codes[0].id), (404,), NOT_FOUND)

    def nothing_is_left_behind(self):
        self.routing.delete_routing_queue(self.queue.id, force_delete=True)
        for code in self.codes[1:]:
            self.routing.delete_routing_wrapupcode(code.id)
        left = [code.name for code in self.all_by_next_uri() if code.name.startswith(self.run)]
        equal(left, [], "codes of this run")

    def call_admin(self, method, path, body):
        headers = {"X-Rehearse-Token": self.admin["token"], "Content-Type": "application/json"}
        data = json.dumps(body).encode()
        request = urllib.request.Request(self.admin["url"] + path, data, headers, method=method)
        urllib.request.urlopen(request, timeout=10).close()

    STEPS = (
        token,
        token_refused_for_a_wrong_secret,
        create,
        list_all_pages_by_page_count,
        list_all_pages_by_next_uri,
        read,
        read_two_by_a_list_of_ids,
        update,
        assign_to_a_queue,
        list_the_queues_codes,
        unassign,
        status_400_for_a_missing_name,
        status_400_or_409_for_a_duplicate_name,
        status_401_for_a_bad_token,
        status_403_for_a_reader_who_creates,
        status_404_for_an_unknown_id,
        status_429_waited_out_by_the_sdk,
        delete_then_404,
        nothing_is_left_behind,
    )


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        life = Life(json.load(file))
    passed = 0
    for number, step in enumerate(Life.STEPS, 1):
        name = step.__name__.replace("_", " ")
        try:
            step(life)
            passed += 1
            print(f"ok {number} - {name}", flush=True)
        except Exception:  # noqa: BLE001: whatever goes wrong in a step is that step's failure
            print(f"not ok {number} - {name}", flush=True)
            print("  " + traceback.format_exc().strip().replace("\n", "\n  "), flush=True)
    print(f"{passed} passed, {len(Life.STEPS) - passed} failed")
    return 0 if passed == len(Life.STEPS) else 1


if __name__ == "__main__":
    sys.exit(main())
