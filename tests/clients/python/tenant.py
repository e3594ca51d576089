"""A tour of the whole tenant with the official Python SDK, unmodified, against `rehearse serve`: every operation of the
profile that the SDK has is called at least once, and the last step says which were not.

Usage: python3 tenant.py READY-FILE. One line a step, 'N passed, N failed' at the end, status 1 if any step failed.
"""

import json
import os
import pathlib
import re
import sys
import time
import traceback
import warnings
from datetime import datetime, timedelta, timezone

import PureCloudPlatformClientV2 as sdk
from PureCloudPlatformClientV2.rest import ApiException

INTERVAL = "2025-12-20T00:00:00.000Z/2026-01-15T00:00:00.000Z"
# The SDK has one method a medium for these; the profile has one operation for all media.
MEDIA = ("call", "callback", "email", "message", "chat", "cobrowsesession")
MEDIUM_OF = {
    "voice": "call",
    "callback": "callback",
    "email": "email",
    "message": "message",
    "chat": "chat",
    "cobrowse": "cobrowsesession",
    "screenshare": "screenshare",
    "social": "social",
    "video": "video",
}
# Not the SDK's: it has its own way to the token, and the stream is a WebSocket.
OTHERS = ("postOauthToken", "streamChannel")
PROFILE = pathlib.Path(__file__).parents[3] / "fixtures" / "profiles" / "genesys-cloud.json"


def equal(found, expected, what="value"):
    if found != expected:
        raise AssertionError(f"{what}: found {found!r}, expected {expected!r}")


def true(fact, what="it does not hold"):
    if not fact:
        raise AssertionError(what)


def ids(listing):
    return sorted(entity.id for entity in listing.entities)


def refused(status, call, *arguments, code=None, **options):
    try:
        answer = call(*arguments, **options)
    except ApiException as error:
        equal(error.status, status, f"status of {error.body}")
        if code:
            equal(json.loads(error.body)["code"], code, "code")
        return
    raise AssertionError(f"answered {answer}, expected status {status}")


def until(ask, done):
    for _ in range(100):
        answer = ask()
        if done(answer):
            return answer
        time.sleep(0.1)
    raise AssertionError("it did not come to an end within ten seconds")


class Tour:
    def __init__(self, ready):
        base = next(item["url"] for item in ready["listeners"] if item["profile"] == "genesys-cloud")
        self.run = f"tour-py-{os.getpid()}-{time.time_ns()}"
        sdk.configuration.host = base.rstrip("/")
        self.client = sdk.api_client.ApiClient()
        self.called = set()
        call_api = self.client.call_api

        def noted(resource_path, method, *rest, **options):
            self.called.add((method, re.sub(r"\{[^}]*\}", "{}", resource_path)))
            return call_api(resource_path, method, *rest, **options)

        self.client.call_api = noted
        self.routing = sdk.RoutingApi(self.client)
        self.users = sdk.UsersApi(self.client)
        self.conversations = sdk.ConversationsApi(self.client)
        self.analytics = sdk.AnalyticsApi(self.client)
        self.architect = sdk.ArchitectApi(self.client)
        self.outbound = sdk.OutboundApi(self.client)
        self.notifications = sdk.NotificationsApi(self.client)
        self.audits = sdk.AuditApi(self.client)
        self.authorization = sdk.AuthorizationApi(self.client)
        self.organization = sdk.OrganizationApi(self.client)
        self.tokens = sdk.TokensApi(self.client)
        self.queue = self.code = self.agent = self.home = self.place = self.medium = None

    def token_organization_products(self):
        self.client.get_client_credentials_token("acme-admin", "acme-admin-secret")
        me = self.tokens.get_tokens_me()
        true(me.organization.id and me.o_auth_client.id, "whose token it is")
        self.tokens.head_tokens_me()
        org = self.organization.get_organizations_me()
        true(org.default_country_code, "defaultCountryCode")
        changed = self.organization.put_organizations_me(body=org)
        true(changed.version >= org.version, "version")
        org.version += 100
        refused(409, self.organization.put_organizations_me, body=org)
        products = self.authorization.get_authorization_products()
        equal(products.total, len(products.entities), "total")

    def divisions(self):
        self.home = self.authorization.get_authorization_divisions_home()
        equal(self.home.home_division, True, "homeDivision")
        body = {"name": f"{self.run} division", "description": "A tour"}
        made = self.authorization.post_authorization_divisions(body)
        equal(ids(self.authorization.get_authorization_divisions(name=f"{self.run}*")), [made.id])
        self.authorization.put_authorization_division(made.id, {**body, "name": f"{self.run} moved"})
        equal(self.authorization.get_authorization_division(made.id).name, f"{self.run} moved")
        other = self.routing.post_routing_queues({"name": f"{self.run} other queue"})
        self.authorization.post_authorization_division_object(made.id, "QUEUE", [other.id])
        equal(self.routing.get_routing_queue(other.id).division.id, made.id, "division")
        self.routing.delete_routing_queue(other.id)
        self.authorization.delete_authorization_division(made.id)
        refused(404, self.authorization.get_authorization_division, made.id)

    def skills_and_languages(self):
        skill = self.routing.post_routing_skills({"name": f"{self.run} skill"})
        equal(self.routing.get_routing_skill(skill.id).name, skill.name)
        equal(ids(self.routing.get_routing_skills(name=self.run)), [skill.id])
        self.routing.patch_routing_skill(skill.id, {"divisionId": self.home.id})
        language = self.routing.post_routing_languages({"name": f"{self.run} language"})
        equal(self.routing.get_routing_language(language.id).name, language.name)
        true(language.id in ids(self.routing.get_routing_languages(page_size=100)), "the language is listed")
        self.agent = agent = self.users.get_users(page_size=100).entities[0]
        one = {"id": skill.id, "proficiency": 2.5}
        self.users.post_user_routingskills(agent.id, one)
        self.users.put_user_routingskill(agent.id, skill.id, {**one, "proficiency": 4})
        held = self.users.get_user_routingskills(agent.id, page_size=100).entities
        equal([s.proficiency for s in held if s.id == skill.id], [4.0], "proficiency")
        self.users.patch_user_routingskills_bulk(agent.id, [{**one, "proficiency": 1}])
        held = [{"id": s.id, "proficiency": s.proficiency} for s in held]
        self.users.put_user_routingskills_bulk(agent.id, held)
        refused(400, self.users.post_user_routingskills, agent.id, {**one, "proficiency": 5.5})
        self.users.delete_user_routingskill(agent.id, skill.id)
        one = {"id": language.id, "proficiency": 3}
        self.users.post_user_routinglanguages(agent.id, one)
        self.users.patch_user_routinglanguage(agent.id, language.id, {**one, "proficiency": 5})
        self.users.patch_user_routinglanguages_bulk(agent.id, [{**one, "proficiency": 4}])
        spoken = self.users.get_user_routinglanguages(agent.id, page_size=100).entities
        equal([s.proficiency for s in spoken if s.id == language.id], [4.0], "proficiency")
        self.users.delete_user_routinglanguage(agent.id, language.id)
        self.routing.delete_routing_skill(skill.id)
        self.routing.delete_routing_language(language.id)

    def users_under_their_version(self):
        refused(400, self.users.get_users_me, code="not.a.user")
        body = {"name": f"{self.run} user", "email": f"{self.run}@acme.example", "divisionId": self.home.id}
        made = self.users.post_users(body)
        read = self.users.get_user(made.id)
        refused(409, self.users.patch_user, made.id, {"name": "stale", "version": read.version + 7})
        changed = self.users.patch_user(made.id, {"name": f"{self.run} renamed", "version": read.version})
        equal(changed.name, f"{self.run} renamed", "name")
        self.users.delete_user(made.id)

    def queues_and_their_views(self):
        acw = {"wrapupPrompt": "MANDATORY_TIMEOUT", "timeoutMs": 30000}
        self.queue = self.routing.post_routing_queues({"name": f"{self.run} queue", "acwSettings": acw})
        equal(self.queue.acw_settings.timeout_ms, 30000, "timeoutMs")
        body = {"name": self.queue.name, "acwSettings": acw, "description": "A tour"}
        equal(self.routing.put_routing_queue(self.queue.id, body).description, "A tour")
        for listing in (
            self.routing.get_routing_queues(name=f"{self.run}*"),
            self.routing.get_routing_queues_divisionviews(name=f"{self.run}*"),
            self.routing.get_routing_queues_divisionviews_all(page_size=500),
        ):
            true(self.queue.id in ids(listing), "the queue is listed")
        refused(400, self.routing.get_routing_queues_me)
        self.routing.get_routing_queue_estimatedwaittime(self.queue.id)
        self.routing.get_routing_queue_mediatype_estimatedwaittime(self.queue.id, "call")
        body["acwSettings"] = {"wrapupPrompt": "SOMETIMES"}
        refused(400, self.routing.put_routing_queue, self.queue.id, body, code="invalid.value")

    def members_of_a_queue(self):
        queue, agent, routing = self.queue.id, self.agent.id, self.routing
        routing.post_routing_queue_members(queue, [{"id": agent}])
        equal(ids(routing.get_routing_queue_members(queue, page_size=100)), [agent])
        routing.patch_routing_queue_member(queue, agent, {"id": agent, "ringNumber": 2})
        routing.patch_routing_queue_members(queue, [{"id": agent, "joined": False}])
        equal(ids(routing.get_routing_queue_members(queue, joined=True)), [])
        true(queue in ids(self.users.get_user_queues(agent, joined=False, page_size=100)), "a user's queues")
        self.users.patch_user_queue(queue, agent, {"joined": True})
        self.users.patch_user_queues(agent, [{"id": queue, "joined": True}])
        equal(routing.get_routing_queue(queue).member_count, 1, "memberCount")
        routing.delete_routing_queue_member(queue, agent)
        routing.post_routing_queue_members(queue, [{"id": agent}])
        routing.post_routing_queue_members(queue, [{"id": agent}], delete=True)
        equal(ids(routing.get_routing_queue_members(queue)), [])
        # the older twins
        routing.post_routing_queue_users(queue, [{"id": agent}])
        equal(ids(routing.get_routing_queue_users(queue)), [agent])
        routing.patch_routing_queue_users(queue, [{"id": agent, "joined": True}])
        routing.patch_routing_queue_user(queue, agent, {"id": agent, "joined": True})
        routing.delete_routing_queue_user(queue, agent)

    def wrap_up_codes_and_their_views(self):
        code = self.routing.post_routing_wrapupcodes({"name": f"{self.run} code"})
        body = {"name": f"{self.run} code", "description": "A tour"}
        self.code = self.routing.put_routing_wrapupcode(code.id, body)
        equal(self.routing.get_routing_wrapupcode(code.id).description, "A tour")
        equal(ids(self.routing.get_routing_wrapupcodes(name=code.name)), [code.id])
        equal(ids(self.routing.get_routing_wrapupcodes_divisionviews(name=f"{self.run}*")), [code.id])
        equal(self.routing.get_routing_wrapupcodes_divisionview(code.id).id, code.id)
        self.routing.post_routing_queue_wrapupcodes(self.queue.id, [{"id": code.id}])
        equal(ids(self.routing.get_routing_queue_wrapupcodes(self.queue.id)), [code.id])

    def outbound_mappings_under_their_version(self):
        mapping = self.outbound.get_outbound_wrapupcodemappings()
        true(isinstance(mapping.mapping[self.code.id], list), "the new code is mapped")
        wanted = {**mapping.mapping, self.code.id: ["CONTACT_UNCALLABLE"]}
        body = {"version": mapping.version, "defaultSet": mapping.default_set, "mapping": wanted}
        changed = self.outbound.put_outbound_wrapupcodemappings(body)
        equal(changed.mapping[self.code.id], ["CONTACT_UNCALLABLE"])
        equal(changed.version, mapping.version + 1, "version")
        refused(409, self.outbound.put_outbound_wrapupcodemappings, body, code="invalid.update.wrong.version")

    def flows_and_dependencies(self):
        architect, code = self.architect, self.code.id
        flow = architect.get_flow(architect.get_flows(page_size=100).entities[0].id)
        consumers = architect.get_architect_dependencytracking_consumingresources(code, "ACDWRAPUPCODE")
        true(self.queue.id in ids(consumers), "the queue consumes the code")
        refused(
            400,
            architect.get_architect_dependencytracking_consumingresources,
            code,
            "WRAPUPCODE",
            code="architect.dependency.object.invalid.type",
        )
        consumed = architect.get_architect_dependencytracking_consumedresources(
            flow.id, flow.published_version.id, f"{flow.type}FLOW"
        )
        true(isinstance(consumed.entities, list), "entities")
        found = architect.get_architect_dependencytracking_object(code, object_type="ACDWRAPUPCODE")
        equal(found.id, code, "id")
        true("ACDWRAPUPCODE" in ids(architect.get_architect_dependencytracking_types()), "types")
        architect.get_architect_dependencytracking("*", object_type="QUEUE")
        architect.get_architect_dependencytracking_deletedresourceconsumers()
        architect.get_architect_dependencytracking_updatedresourceconsumers()
        architect.post_architect_dependencytracking_build()
        true(architect.get_architect_dependencytracking_build().status, "status")

    def details(self):
        query = {"interval": INTERVAL, "paging": {"pageSize": 100, "pageNumber": 1}}
        return self.analytics.post_analytics_conversations_details_query(query)

    @staticmethod
    def handled(conversation):
        """What an agent did: the places of its wrap-up, and the medium; None: no agent did anything."""
        for participant in conversation.participants:
            if participant.purpose == "agent" and participant.sessions:
                session = participant.sessions[0]
                place = (conversation.conversation_id, participant.participant_id, session.session_id)
                return place, MEDIUM_OF[session.media_type]
        return None

    def analytics_of_conversations(self):
        found = self.details()
        true(found.total_hits >= 10, f"totalHits {found.total_hits}")
        self.place, self.medium = next(h for h in map(self.handled, found.conversations) if h)
        query = {"interval": INTERVAL, "metrics": ["tHandle", "tAcw", "nConnected"], "groupBy": ["wrapUpCode"]}
        aggregates = self.analytics.post_analytics_conversations_aggregates_query(query)
        true(len(aggregates.results) > 1, "groups")
        query["metrics"] = ["nHandled"]
        refused(400, self.analytics.post_analytics_conversations_aggregates_query, query)

    def asynchronous_analytics(self):
        for kind, body in (("details", {}), ("aggregates", {"metrics": ["tHandle"]})):
            name = f"analytics_conversations_{kind}_job"
            job = getattr(self.analytics, f"post_{name}s")({"interval": INTERVAL, **body}).job_id
            ask = getattr(self.analytics, f"get_{name}")
            until(lambda ask=ask, job=job: ask(job), lambda answer: answer.state == "FULFILLED")
            results = getattr(self.analytics, f"get_{name}_results")(job)
            true(results.conversations if kind == "details" else results.results, f"{kind}: nothing was found")
            getattr(self.analytics, f"delete_{name}")(job)

    def wrap_up_of_a_conversation(self):
        cid, pid, sid = self.place
        equal(self.conversations.get_conversation(cid).id, cid, "id")
        usable = self.conversations.get_conversation_participant_wrapupcodes(cid, pid)
        true(usable, "codes")
        body = {"wrapup": {"code": usable[0].id, "notes": "A tour"}}
        self.conversations.patch_conversation_participant(cid, pid, body)
        saved = self.conversations.get_conversation_participant_wrapup(cid, pid)
        equal((saved.code, saved.notes), (usable[0].id, "A tour"), "wrap-up")
        self.conversations.patch_conversations_aftercallwork_conversation_id_participant_communication(
            cid, pid, sid, {"afterCallWorkRequired": True}
        )

    def wrap_up_of_every_medium(self):
        self.client.get_client_credentials_token("acme-admin", "acme-admin-secret")  # limits are a token's
        saved = set()
        for place, medium in filter(None, map(self.handled, self.details().conversations)):
            name = f"conversations_{medium}_participant_communication_wrapup"
            if medium in saved or not hasattr(self.conversations, f"post_{name}"):  # the SDK lacks some
                continue
            usable = self.conversations.get_conversation_participant_wrapupcodes(*place[:2])
            getattr(self.conversations, f"post_{name}")(*place, body={"code": usable[0].id, "notes": medium})
            read = getattr(self.conversations, f"get_{name}")(*place)
            equal((read.code, read.notes), (usable[0].id, medium), "wrap-up")
            saved.add(medium)
        true(len(saved) >= 4, f"wrap-ups of {saved}")
        # a conversation of one medium is none of another's
        for medium in set(MEDIUM_OF.values()) - {self.medium}:
            post = getattr(self.conversations, f"post_conversations_{medium}_participant_communication_wrapup", None)
            if post:
                refused(404, post, *self.place)
        for medium in MEDIA:
            for what in ("wrapup", "wrapupcodes"):
                ask = getattr(self.conversations, f"get_conversations_{medium}_participant_{what}", None)
                self.answered(ask, (404,), *self.place[:2])
            patch = getattr(self.conversations, f"patch_conversations_{medium}_participant", None)
            self.answered(patch, (400, 404), *self.place[:2], body={"wrapupSkipped": True})

    @staticmethod
    def answered(call, statuses, *arguments, **options):
        """A call that may be refused with these statuses; None: the SDK has no such call."""
        try:
            if call:
                call(*arguments, **options)
        except ApiException as error:
            true(error.status in statuses, f"status {error.status}: {error.body}")

    def notification_channels(self):
        api = self.notifications
        true(api.get_notifications_availabletopics().entities, "topics")
        channel = api.post_notifications_channels()
        true(channel.connect_uri.startswith("ws"), f"connectUri {channel.connect_uri}")
        api.head_notifications_channel(channel.id)
        true(channel.id in ids(api.get_notifications_channels()), "the channel is listed")
        topic = f"v2.routing.queues.{self.queue.id}.users"
        api.post_notifications_channel_subscriptions(channel.id, [{"id": topic}])
        api.put_notifications_channel_subscriptions(channel.id, [{"id": topic}])
        equal(ids(api.get_notifications_channel_subscriptions(channel.id)), [topic])
        api.delete_notifications_channel_subscriptions(channel.id)

    def audits_of_what_was_done(self):
        now, hour = datetime.now(timezone.utc), timedelta(hours=1)
        interval = "/".join(t.strftime("%Y-%m-%dT%H:%M:%SZ") for t in (now - hour, now + hour))
        query = {"interval": interval, "filters": [{"property": "EntityId", "value": self.code.id}]}
        page = self.audits.post_audits_query_realtime({**query, "pageSize": 10, "pageNumber": 1})
        equal(sorted(a.action for a in page.entities), ["Create", "Update"], "actions")
        related = self.audits.post_audits_query_realtime_related({"auditId": page.entities[0].id})
        true(page.entities[0].id in ids(related), "the record itself is related")
        true(self.audits.get_audits_query_servicemapping().services, "services")
        true(self.audits.get_audits_query_realtime_servicemapping().services, "services")
        asked = self.audits.post_audits_query(query).id
        until(lambda: self.audits.get_audits_query_transaction_id(asked), lambda q: q.state == "Succeeded")
        equal(len(self.audits.get_audits_query_transaction_id_results(asked).entities), 2, "records")

    def nothing_is_left_behind(self):
        self.routing.delete_routing_queue_wrapupcode(self.queue.id, self.code.id)
        self.routing.delete_routing_queue(self.queue.id)
        self.routing.delete_routing_wrapupcode(self.code.id)
        refused(404, self.routing.get_routing_wrapupcode, self.code.id)
        self.tokens.delete_tokens_me()
        refused(401, self.routing.get_routing_wrapupcodes)

    def every_operation_of_the_profile_was_called(self):
        missed = []
        for template, item in json.loads(PROFILE.read_text(encoding="utf-8"))["paths"].items():
            pattern = re.compile(re.sub(r"\{[^}]*\}", "[^/]+", template))
            for method, operation in item.items():
                if "x-rehearse" not in operation or operation["operationId"] in OTHERS:
                    continue
                if not any(verb == method.upper() and pattern.fullmatch(path) for verb, path in self.called):
                    missed.append(operation["operationId"])
        equal(missed, [], "operations that were not called")

    STEPS = (
        token_organization_products,
        divisions,
        skills_and_languages,
        users_under_their_version,
        queues_and_their_views,
        members_of_a_queue,
        wrap_up_codes_and_their_views,
        outbound_mappings_under_their_version,
        flows_and_dependencies,
        analytics_of_conversations,
        asynchronous_analytics,
        wrap_up_of_a_conversation,
        wrap_up_of_every_medium,
        notification_channels,
        audits_of_what_was_done,
        nothing_is_left_behind,
        every_operation_of_the_profile_was_called,
    )


def main():
    warnings.showwarning = lambda *_, **__: None  # the SDK deprecates operations that the tenant still has
    with open(sys.argv[1], encoding="utf-8") as file:
        tour = Tour(json.load(file))
    passed = 0
    for number, step in enumerate(Tour.STEPS, 1):
        name = step.__name__.replace("_", " ")
        try:
            step(tour)
            passed += 1
            print(f"ok {number} - {name}", flush=True)
        except Exception:  # noqa: BLE001: whatever goes wrong in a step is that step's failure
            print(f"not ok {number} - {name}", flush=True)
            print("  " + traceback.format_exc().strip().replace("\n", "\n  "), flush=True)
    print(f"{passed} passed, {len(Tour.STEPS) - passed} failed")
    return 0 if passed == len(Tour.STEPS) else 1


if __name__ == "__main__":
    sys.exit(main())
