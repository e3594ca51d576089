// A tour of the whole tenant with the official JavaScript SDK, unmodified, against `rehearse serve`: every operation of
// the profile that the SDK has is called at least once, and the last step says which were not.
// Usage: node tenant.js READY-FILE. One line a step, 'N passed, N failed' at the end, status 1 if any step failed.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const sdk = require('purecloud-platform-client-v2');

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const INTERVAL = '2025-12-20T00:00:00.000Z/2026-01-15T00:00:00.000Z';
// The SDK has one method a medium for these; the profile has one operation for all media.
const MEDIA = ['Call', 'Callback', 'Email', 'Message', 'Chat', 'Cobrowsesession'];
const MEDIUM_OF = {
    voice: 'Call',
    callback: 'Callback',
    email: 'Email',
    message: 'Message',
    chat: 'Chat',
    cobrowse: 'Cobrowsesession',
    screenshare: 'Screenshare',
    social: 'Social',
    video: 'Video',
};
const WRAP_UP_MEDIA = [...MEDIA, 'Screenshare', 'Social', 'Video'];
// Not the SDK's: it has its own way to the token, and the stream is a WebSocket.
const OTHERS = ['postOauthToken', 'streamChannel'];

const profile = JSON.parse(fs.readFileSync(
    path.join(__dirname, '../../../fixtures/profiles/genesys-cloud.json'), 'utf8'));
const ready = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const base = new URL(ready.listeners.find((l) => l.profile === 'genesys-cloud').url);
const run = `tour-${process.pid}-${Date.now()}`;

function newClient() {
    const client = new sdk.ApiClientClass();
    client.setGateway({
        host: base.hostname,
        protocol: base.protocol.replace(':', ''),
        port: Number(base.port),
        path_params_login: base.pathname,
        path_params_api: base.pathname,
    });
    return client;
}

const client = newClient();
const called = new Set(); // 'GET /api/v2/routing/queues/{}'
const callApi = client.callApi.bind(client);
client.callApi = (template, method, ...rest) => {
    called.add(`${method} ${template.replace(/\{[^}]*\}/g, '{}')}`);
    return callApi(template, method, ...rest);
};

const routing = new sdk.RoutingApi(client);
const users = new sdk.UsersApi(client);
const conversations = new sdk.ConversationsApi(client);
const analytics = new sdk.AnalyticsApi(client);
const architect = new sdk.ArchitectApi(client);
const outbound = new sdk.OutboundApi(client);
const notifications = new sdk.NotificationsApi(client);
const audits = new sdk.AuditApi(client);
const authorization = new sdk.AuthorizationApi(client);
const organization = new sdk.OrganizationApi(client);
const tokens = new sdk.TokensApi(client);

async function refused(call, status, code) {
    try {
        await call;
    } catch (error) {
        assert.equal(error.status, status, JSON.stringify(error));
        if (code) {
            assert.equal(error.code, code, JSON.stringify(error));
        }
        return error;
    }
    return assert.fail(`answered well, expected ${status}`);
}

// Asks again until `done` likes the answer.
async function until(ask, done) {
    for (let i = 0; i < 100; i += 1) {
        const answer = await ask();
        if (done(answer)) {
            return answer;
        }
        await sleep(100);
    }
    return assert.fail('it did not come to an end within ten seconds');
}

const ids = (list) => list.map((entity) => entity.id).sort();

let queue; // of this run
let code;
let agent; // a user of the tenant
let home; // division
let recorded; // conversation
let participant; // its agent
let communication;

const steps = [
    ['token, organization, products', async () => {
        await client.loginClientCredentialsGrant('acme-admin', 'acme-admin-secret');
        const me = await tokens.getTokensMe();
        assert.ok(me.organization.id && me.OAuthClient.id);
        await tokens.headTokensMe();
        const org = await organization.getOrganizationsMe();
        assert.match(org.id, UUID);
        assert.ok(org.defaultCountryCode);
        const changed = await organization.putOrganizationsMe({ body: org });
        assert.ok(changed.version >= org.version);
        await refused(organization.putOrganizationsMe({ body: { ...org, version: org.version + 100 } }), 409);
        const products = await authorization.getAuthorizationProducts();
        assert.equal(products.total, products.entities.length);
        assert.ok(products.entities.every((product) => product.id));
    }],
    ['divisions', async () => {
        home = await authorization.getAuthorizationDivisionsHome();
        assert.equal(home.homeDivision, true);
        const made = await authorization.postAuthorizationDivisions({ name: `${run} division`, description: 'A tour' });
        const listed = await authorization.getAuthorizationDivisions({ name: `${run}*` });
        assert.deepEqual(ids(listed.entities), [made.id]);
        await authorization.putAuthorizationDivision(made.id, { name: `${run} moved`, description: 'Renamed' });
        assert.equal((await authorization.getAuthorizationDivision(made.id)).name, `${run} moved`);
        const other = await routing.postRoutingQueues({ name: `${run} other queue` });
        await authorization.postAuthorizationDivisionObject(made.id, 'QUEUE', [other.id]);
        assert.equal((await routing.getRoutingQueue(other.id)).division.id, made.id);
        await routing.deleteRoutingQueue(other.id, {});
        await authorization.deleteAuthorizationDivision(made.id, {});
        await refused(authorization.getAuthorizationDivision(made.id), 404);
    }],
    ['skills and languages', async () => {
        const skill = await routing.postRoutingSkills({ name: `${run} skill` });
        assert.equal(skill.state, 'active');
        assert.equal((await routing.getRoutingSkill(skill.id)).name, skill.name);
        assert.deepEqual(ids((await routing.getRoutingSkills({ name: run })).entities), [skill.id]);
        await routing.patchRoutingSkill(skill.id, { divisionId: home.id });
        const language = await routing.postRoutingLanguages({ name: `${run} language` });
        assert.equal((await routing.getRoutingLanguage(language.id)).name, language.name);
        assert.ok((await routing.getRoutingLanguages({ pageSize: 100 })).entities.some((l) => l.id === language.id));

        agent = (await users.getUsers({ pageSize: 100 })).entities[0];
        await users.postUserRoutingskills(agent.id, { id: skill.id, proficiency: 2.5 });
        await users.putUserRoutingskill(agent.id, skill.id, { id: skill.id, proficiency: 4 });
        const held = (await users.getUserRoutingskills(agent.id, { pageSize: 100 })).entities;
        assert.equal(held.find((s) => s.id === skill.id).proficiency, 4);
        await users.patchUserRoutingskillsBulk(agent.id, [{ id: skill.id, proficiency: 1 }]);
        const before = (await users.getUserRoutingskills(agent.id, { pageSize: 100 })).entities;
        await users.putUserRoutingskillsBulk(agent.id, before.map((s) => ({ id: s.id, proficiency: s.proficiency })));
        await refused(users.postUserRoutingskills(agent.id, { id: skill.id, proficiency: 5.5 }), 400);
        await users.deleteUserRoutingskill(agent.id, skill.id);
        await users.postUserRoutinglanguages(agent.id, { id: language.id, proficiency: 3 });
        await users.patchUserRoutinglanguage(agent.id, language.id, { id: language.id, proficiency: 5 });
        await users.patchUserRoutinglanguagesBulk(agent.id, [{ id: language.id, proficiency: 4 }]);
        const spoken = (await users.getUserRoutinglanguages(agent.id, { pageSize: 100 })).entities;
        assert.equal(spoken.find((l) => l.id === language.id).proficiency, 4);
        await users.deleteUserRoutinglanguage(agent.id, language.id);
        await routing.deleteRoutingSkill(skill.id);
        await routing.deleteRoutingLanguage(language.id);
    }],
    ['users', async () => {
        await refused(users.getUsersMe(), 400, 'not.a.user');
        const made = await users.postUsers({ name: `${run} user`, email: `${run}@acme.example`, divisionId: home.id });
        const read = await users.getUser(made.id);
        await refused(users.patchUser(made.id, { name: 'stale', version: read.version + 7 }), 409);
        const changed = await users.patchUser(made.id, { name: `${run} renamed`, version: read.version });
        assert.equal(changed.name, `${run} renamed`);
        await users.deleteUser(made.id);
    }],
    ['queues and their views', async () => {
        queue = await routing.postRoutingQueues({
            name: `${run} queue`,
            acwSettings: { wrapupPrompt: 'MANDATORY_TIMEOUT', timeoutMs: 30000 },
        });
        assert.equal(queue.acwSettings.timeoutMs, 30000);
        const changed = await routing.putRoutingQueue(queue.id, { ...queue, description: 'A tour' });
        assert.equal(changed.description, 'A tour');
        for (const list of [
            await routing.getRoutingQueues({ name: `${run}*` }),
            await routing.getRoutingQueuesDivisionviews({ name: `${run}*` }),
            await routing.getRoutingQueuesDivisionviewsAll({ pageSize: 500 }),
        ]) {
            assert.ok(list.entities.some((q) => q.id === queue.id));
        }
        await refused(routing.getRoutingQueuesMe({}), 400);
        assert.ok(Array.isArray((await routing.getRoutingQueueEstimatedwaittime(queue.id, {})).results));
        assert.ok(Array.isArray((await routing.getRoutingQueueMediatypeEstimatedwaittime(queue.id, 'call', {})).results));
        await refused(routing.putRoutingQueue(queue.id, { ...queue, acwSettings: { wrapupPrompt: 'SOMETIMES' } }), 400,
            'invalid.value');
    }],
    ['members of a queue', async () => {
        await routing.postRoutingQueueMembers(queue.id, [{ id: agent.id }], {});
        const members = (await routing.getRoutingQueueMembers(queue.id, { pageSize: 100 })).entities;
        assert.deepEqual(ids(members), [agent.id]);
        assert.equal(members[0].queueId, undefined);
        await routing.patchRoutingQueueMember(queue.id, agent.id, { id: agent.id, ringNumber: 2 });
        await routing.patchRoutingQueueMembers(queue.id, [{ id: agent.id, joined: false }]);
        const joined = (await routing.getRoutingQueueMembers(queue.id, { joined: true })).entities;
        assert.deepEqual(joined, []);
        const mine = await users.getUserQueues(agent.id, { joined: false, pageSize: 100 });
        assert.ok(mine.entities.some((q) => q.id === queue.id));
        await users.patchUserQueue(queue.id, agent.id, { joined: true });
        await users.patchUserQueues(agent.id, [{ id: queue.id, joined: true }], {});
        assert.equal((await routing.getRoutingQueue(queue.id)).memberCount, 1);
        await routing.deleteRoutingQueueMember(queue.id, agent.id);
        await routing.postRoutingQueueMembers(queue.id, [{ id: agent.id }], {});
        await routing.postRoutingQueueMembers(queue.id, [{ id: agent.id }], { _delete: true });
        assert.deepEqual((await routing.getRoutingQueueMembers(queue.id, {})).entities, []);
        // the older twins
        await routing.postRoutingQueueUsers(queue.id, [{ id: agent.id }], {});
        assert.deepEqual(ids((await routing.getRoutingQueueUsers(queue.id, {})).entities), [agent.id]);
        await routing.patchRoutingQueueUsers(queue.id, [{ id: agent.id, joined: true }]);
        await routing.patchRoutingQueueUser(queue.id, agent.id, { id: agent.id, joined: true });
        await routing.deleteRoutingQueueUser(queue.id, agent.id);
    }],
    ['wrap-up codes, their views, and those of a queue', async () => {
        code = await routing.postRoutingWrapupcodes({ name: `${run} code` });
        code = await routing.putRoutingWrapupcode(code.id, { name: `${run} code`, description: 'A tour' });
        assert.equal((await routing.getRoutingWrapupcode(code.id)).description, 'A tour');
        assert.deepEqual(ids((await routing.getRoutingWrapupcodes({ name: code.name })).entities), [code.id]);
        assert.deepEqual(ids((await routing.getRoutingWrapupcodesDivisionviews({ name: `${run}*` })).entities), [code.id]);
        assert.equal((await routing.getRoutingWrapupcodesDivisionview(code.id)).id, code.id);
        await routing.postRoutingQueueWrapupcodes(queue.id, [{ id: code.id }]);
        assert.deepEqual(ids((await routing.getRoutingQueueWrapupcodes(queue.id, {})).entities), [code.id]);
    }],
    ['outbound mappings under their version', async () => {
        const mapping = await outbound.getOutboundWrapupcodemappings();
        assert.ok(Array.isArray(mapping.mapping[code.id]));
        const wanted = { ...mapping.mapping, [code.id]: ['CONTACT_UNCALLABLE'] };
        const changed = await outbound.putOutboundWrapupcodemappings({ ...mapping, mapping: wanted });
        assert.deepEqual(changed.mapping[code.id], ['CONTACT_UNCALLABLE']);
        assert.equal(changed.version, mapping.version + 1);
        await refused(outbound.putOutboundWrapupcodemappings({ ...mapping, mapping: wanted }), 409,
            'invalid.update.wrong.version');
    }],
    ['flows and dependencies', async () => {
        const flows = await architect.getFlows({ pageSize: 100 });
        const flow = await architect.getFlow(flows.entities[0].id, {});
        const query = [code.id, 'ACDWRAPUPCODE', {}];
        const consumers = await architect.getArchitectDependencytrackingConsumingresources(...query);
        assert.ok(consumers.entities.some((entity) => entity.id === queue.id && entity.type === 'QUEUE'));
        await refused(architect.getArchitectDependencytrackingConsumingresources(code.id, 'WRAPUPCODE', {}), 400,
            'architect.dependency.object.invalid.type');
        const version = flow.publishedVersion.id;
        const consumed = await architect.getArchitectDependencytrackingConsumedresources(flow.id, version,
            `${flow.type}FLOW`, {});
        assert.ok(Array.isArray(consumed.entities));
        const object = await architect.getArchitectDependencytrackingObject(code.id, { objectType: 'ACDWRAPUPCODE' });
        assert.equal(object.id, code.id);
        assert.ok((await architect.getArchitectDependencytrackingTypes({})).entities.some((t) => t.id === 'ACDWRAPUPCODE'));
        assert.ok((await architect.getArchitectDependencytracking('*', { objectType: 'QUEUE' })).entities);
        await architect.getArchitectDependencytrackingDeletedresourceconsumers({});
        await architect.getArchitectDependencytrackingUpdatedresourceconsumers({});
        await architect.postArchitectDependencytrackingBuild();
        assert.ok((await architect.getArchitectDependencytrackingBuild()).status);
    }],
    ['analytics', async () => {
        const details = await analytics.postAnalyticsConversationsDetailsQuery({
            interval: INTERVAL,
            paging: { pageSize: 50, pageNumber: 1 },
        });
        assert.ok(details.totalHits >= 10);
        const all = details.conversations;
        // one that an agent handled
        recorded = all.find((c) => c.participants.some((p) => p.purpose === 'agent' && p.sessions.length));
        participant = recorded.participants.find((p) => p.purpose === 'agent');
        communication = participant.sessions[0];
        const aggregates = await analytics.postAnalyticsConversationsAggregatesQuery({
            interval: INTERVAL,
            metrics: ['tHandle', 'tAcw', 'nConnected'],
            groupBy: ['wrapUpCode'],
        });
        assert.ok(aggregates.results.length > 1);
        assert.ok(aggregates.results.some((r) => UUID.test(r.group.wrapUpCode)));
        await refused(analytics.postAnalyticsConversationsAggregatesQuery({ interval: INTERVAL, metrics: ['nHandled'] }),
            400);
    }],
    ['asynchronous analytics', async () => {
        const kinds = [
            ['Details', { interval: INTERVAL }],
            ['Aggregates', { interval: INTERVAL, metrics: ['tHandle'] }],
        ];
        for (const [kind, body] of kinds) {
            const { jobId } = await analytics[`postAnalyticsConversations${kind}Jobs`](body);
            await until(() => analytics[`getAnalyticsConversations${kind}Job`](jobId), (job) => job.state === 'FULFILLED');
            const results = await analytics[`getAnalyticsConversations${kind}JobResults`](jobId, {});
            assert.ok((results.conversations || results.results).length > 0);
            await analytics[`deleteAnalyticsConversations${kind}Job`](jobId);
        }
    }],
    ['wrap-up of a conversation', async () => {
        const whole = await conversations.getConversation(recorded.conversationId);
        assert.equal(whole.id, recorded.conversationId);
        const [cid, pid, sid] = [recorded.conversationId, participant.participantId, communication.sessionId];
        const usable = await conversations.getConversationParticipantWrapupcodes(cid, pid);
        assert.ok(Array.isArray(usable) && usable.length > 0);
        await conversations.patchConversationParticipant(cid, pid, { wrapup: { code: usable[0].id, notes: 'A tour' } });
        const saved = await conversations.getConversationParticipantWrapup(cid, pid, {});
        assert.equal(saved.code, usable[0].id);
        assert.equal(saved.notes, 'A tour');
        await conversations.patchConversationsAftercallworkConversationIdParticipantCommunication(cid, pid, sid,
            { afterCallWorkRequired: true });
    }],
    ['wrap-up of every medium', async () => {
        await client.loginClientCredentialsGrant('acme-admin', 'acme-admin-secret'); // limits are a token's
        const { conversations: all } = await analytics.postAnalyticsConversationsDetailsQuery({
            interval: INTERVAL,
            paging: { pageSize: 100, pageNumber: 1 },
        });
        const saved = new Set();
        for (const c of all) {
            const handled = c.participants.find((p) => p.purpose === 'agent' && p.sessions.length);
            const medium = handled && MEDIUM_OF[handled.sessions[0].mediaType];
            const isKnown = conversations[`postConversations${medium}ParticipantCommunicationWrapup`]; // chat is gone
            if (isKnown && !saved.has(medium)) {
                const place = [c.conversationId, handled.participantId, handled.sessions[0].sessionId];
                const usable = await conversations.getConversationParticipantWrapupcodes(place[0], place[1]);
                const body = { body: { code: usable[0].id, notes: medium } };
                await conversations[`postConversations${medium}ParticipantCommunicationWrapup`](...place, body);
                const read = await conversations[`getConversations${medium}ParticipantCommunicationWrapup`](...place, {});
                assert.equal(read.code, usable[0].id);
                assert.equal(read.notes, medium);
                saved.add(medium);
            }
        }
        assert.ok(saved.size >= 4, `wrap-ups of ${[...saved]}`);
        // a conversation of one medium is none of another's
        const place = [recorded.conversationId, participant.participantId, communication.sessionId];
        const others = WRAP_UP_MEDIA.filter((m) => m !== MEDIUM_OF[communication.mediaType]
            && conversations[`postConversations${m}ParticipantCommunicationWrapup`]); // the SDK lacks some
        for (const medium of others) {
            await refused(conversations[`postConversations${medium}ParticipantCommunicationWrapup`](...place, {}), 404);
        }
        const [cid, pid] = [recorded.conversationId, participant.participantId];
        for (const medium of MEDIA) {
            const names = [`getConversations${medium}ParticipantWrapup`, `getConversations${medium}ParticipantWrapupcodes`];
            for (const name of names.filter((n) => conversations[n])) {
                await conversations[name](cid, pid, {}).catch((error) => assert.equal(error.status, 404));
            }
            const patch = conversations[`patchConversations${medium}Participant`];
            if (patch) {
                await patch.call(conversations, cid, pid, { wrapupSkipped: true })
                    .catch((error) => assert.ok([400, 404].includes(error.status), JSON.stringify(error)));
            }
        }
    }],
    ['notification channels', async () => {
        const topics = await notifications.getNotificationsAvailabletopics({});
        assert.ok(topics.entities.length > 0);
        const channel = await notifications.postNotificationsChannels({});
        assert.match(channel.connectUri, /^wss?:/);
        await notifications.headNotificationsChannel(channel.id);
        assert.ok((await notifications.getNotificationsChannels({})).entities.some((c) => c.id === channel.id));
        const topic = `v2.routing.queues.${queue.id}.users`;
        await notifications.postNotificationsChannelSubscriptions(channel.id, [{ id: topic }], {});
        await notifications.putNotificationsChannelSubscriptions(channel.id, [{ id: topic }], {});
        const subscribed = await notifications.getNotificationsChannelSubscriptions(channel.id);
        assert.deepEqual(subscribed.entities.map((s) => s.id), [topic]);
        await notifications.deleteNotificationsChannelSubscriptions(channel.id);
    }],
    ['audits', async () => {
        const now = Date.now();
        const interval = `${new Date(now - 3600000).toISOString()}/${new Date(now + 3600000).toISOString()}`;
        const filters = [{ property: 'EntityId', value: code.id }];
        const page = await audits.postAuditsQueryRealtime({ interval, filters, pageSize: 10, pageNumber: 1 }, {});
        assert.deepEqual(page.entities.map((a) => a.action).sort(), ['Create', 'Update']);
        const related = await audits.postAuditsQueryRealtimeRelated({ auditId: page.entities[0].id }, {});
        assert.ok(related.entities.some((a) => a.id === page.entities[0].id));
        assert.ok((await audits.getAuditsQueryServicemapping()).services.length > 0);
        assert.ok((await audits.getAuditsQueryRealtimeServicemapping()).services.length > 0);
        const query = await audits.postAuditsQuery({ interval, filters });
        await until(() => audits.getAuditsQueryTransactionId(query.id), (q) => q.state === 'Succeeded');
        const results = await audits.getAuditsQueryTransactionIdResults(query.id, {});
        assert.equal(results.entities.length, 2);
    }],
    ['nothing is left behind', async () => {
        await routing.deleteRoutingQueueWrapupcode(queue.id, code.id);
        await routing.deleteRoutingQueue(queue.id, {});
        await routing.deleteRoutingWrapupcode(code.id);
        await refused(routing.getRoutingWrapupcode(code.id), 404);
        await tokens.deleteTokensMe();
        await refused(routing.getRoutingWrapupcodes({}), 401);
    }],
    ['every operation of the profile was called', async () => {
        const missed = [];
        for (const [template, item] of Object.entries(profile.paths)) {
            const pattern = new RegExp(`^${template.replace(/\{[^}]*\}/g, '[^/]+')}$`);
            for (const [method, operation] of Object.entries(item)) {
                const isCalled = [...called].some((c) => {
                    const [verb, where] = c.split(' ');
                    return verb === method.toUpperCase() && pattern.test(where);
                });
                if (operation['x-rehearse'] && !isCalled && !OTHERS.includes(operation.operationId)) {
                    missed.push(operation.operationId);
                }
            }
        }
        assert.deepEqual(missed, []);
    }],
];

async function main() {
    let passed = 0;
    for (const [index, [name, step]] of steps.entries()) {
        try {
            await step();
            passed += 1;
            console.log(`ok ${index + 1} - ${name}`);
        } catch (error) {
            const why = (error && error.stack) || JSON.stringify(error);
            console.log(`not ok ${index + 1} - ${name}\n  ${String(why).replaceAll('\n', '\n  ')}`);
        }
    }
    console.log(`${passed} passed, ${steps.length - passed} failed`);
    process.exit(passed === steps.length ? 0 : 1);
}

main();
