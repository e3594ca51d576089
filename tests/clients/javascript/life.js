// The life of a wrap-up code, told with the official JavaScript SDK, unmodified, against `rehearse serve`.
// Usage: node life.js READY-FILE. One line a step, 'N passed, N failed' at the end, status 1 if any step failed.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');
const sdk = require('purecloud-platform-client-v2');

const PAGE_SIZE = 4;
const CODES = 9; // with PAGE_SIZE 4: three pages even on an empty tenant
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NOBODY = '00000000-0000-4000-8000-00000000dead';

const ready = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const base = new URL(ready.listeners.find((l) => l.profile === 'genesys-cloud').url);
const run = `js-${process.pid}-${Date.now()}`;
const codes = []; // what this run created, in order of name
let queue; // the queue of this run

// A client of its own: ApiClient.instance is shared, so that the second identity needs a new object.
function newClient() {
    const client = new sdk.ApiClientClass();
    client.setReturnExtendedResponses(true);
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
const routing = new sdk.RoutingApi(client);

// Waits for a call that must be refused; checks status, code and the error envelope; gives the answer.
async function refused(call, statuses, errorCodes) {
    let answer;
    try {
        answer = await call;
    } catch (error) {
        assert.ok(error.body, `no answer came: ${error}`);
        const { status, headers, body } = error;
        assert.ok(statuses.includes(status), `status ${status}, expected ${statuses}: ${JSON.stringify(body)}`);
        assert.equal(body.status, status);
        if (errorCodes) {
            assert.ok(errorCodes.includes(body.code), `code ${body.code}, expected ${errorCodes}`);
        }
        assert.ok(body.code && body.message, `code or message is missing: ${JSON.stringify(body)}`);
        assert.match(body.contextId, UUID);
        assert.equal(body.contextId, headers['inin-correlation-id']);
        return error;
    }
    assert.fail(`status ${answer.status}, expected ${statuses}`);
}

async function admin(method, path, body) {
    const answer = await fetch(ready.admin.url + path, {
        method,
        headers: { 'X-Rehearse-Token': ready.admin.token, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
    });
    assert.ok(answer.ok, `admin ${path}: ${answer.status} ${await answer.text()}`);
}

async function allByPageCount() {
    const found = [];
    let count = 1;
    let total;
    for (let page = 1; page <= count; page += 1) {
        const { body } = await routing.getRoutingWrapupcodes({ pageSize: PAGE_SIZE, pageNumber: page });
        assert.equal(body.pageNumber, page);
        assert.equal(body.pageSize, PAGE_SIZE);
        assert.ok(body.entities.length <= PAGE_SIZE);
        count = body.pageCount;
        total = body.total;
        found.push(...body.entities);
    }
    assert.equal(found.length, total);
    assert.equal(count, Math.ceil(total / PAGE_SIZE));
    assert.ok(count >= 3, `${count} pages, expected at least 3`);
    return found;
}

async function allByNextUri() {
    const found = [];
    let answer = await routing.getRoutingWrapupcodes({ pageSize: PAGE_SIZE });
    assert.equal(answer.body.previousUri, undefined);
    for (;;) {
        found.push(...answer.body.entities);
        if (!answer.body.nextUri) {
            assert.equal(answer.body.pageNumber, Math.max(answer.body.pageCount, 1));
            return found;
        }
        assert.match(answer.body.nextUri, /^\/api\/v2\/routing\/wrapupcodes\?/);
        assert.ok(found.length < 100000, 'nextUri goes on for ever');
        answer = await client.callApi(answer.body.nextUri, 'GET', {}, {}, {}, {}, null,
            ['PureCloud OAuth'], ['application/json'], ['application/json']);
    }
}

async function queueCodeIds() {
    const { body } = await routing.getRoutingQueueWrapupcodes(queue.id, { pageSize: 100 });
    assert.equal(body.total, body.entities.length);
    return body.entities.map((entity) => entity.id).sort();
}

const steps = [
    ['token', async () => {
        const auth = await client.loginClientCredentialsGrant('acme-admin', 'acme-admin-secret');
        assert.ok(auth.accessToken.length >= 16);
        assert.ok(auth.tokenExpiryTime > Date.now());
    }],
    ['token refused for a wrong secret', async () => {
        await assert.rejects(newClient().loginClientCredentialsGrant('acme-admin', 'wrong'), (error) => {
            const body = error.body || (error.response && error.response.data) || error;
            assert.equal(body.error, 'invalid_client', JSON.stringify(body));
            assert.ok(body.description && body.error_description);
            return true;
        });
    }],
    ['create', async () => {
        for (let i = 1; i <= CODES; i += 1) {
            const name = `${run} code ${i}`;
            const { status, headers, body } = await routing.postRoutingWrapupcodes({ name });
            assert.equal(status, 200);
            assert.match(headers['content-type'], /^application\/json/);
            assert.match(headers['inin-correlation-id'], UUID);
            assert.equal(body.name, name);
            assert.match(body.id, UUID);
            assert.equal(body.selfUri, `/api/v2/routing/wrapupcodes/${body.id}`);
            assert.ok(!Number.isNaN(Date.parse(body.dateCreated)));
            assert.equal(typeof body.createdBy, 'string');
            codes.push(body);
        }
    }],
    ['list all pages by pageCount', async () => {
        const found = await allByPageCount();
        assert.equal(new Set(found.map((entity) => entity.id)).size, found.length);
        const mine = found.filter((entity) => entity.name.startsWith(run));
        assert.deepEqual(mine.map((entity) => entity.id), codes.map((code) => code.id));
    }],
    ['list all pages by nextUri', async () => {
        const followed = (await allByNextUri()).map((entity) => entity.id);
        const counted = (await allByPageCount()).map((entity) => entity.id);
        assert.deepEqual(followed, counted);
    }],
    ['read', async () => {
        const { status, body } = await routing.getRoutingWrapupcode(codes[0].id);
        assert.equal(status, 200);
        assert.deepEqual(body, codes[0]);
    }],
    ['read two by a list of ids', async () => {
        const wanted = [codes[1].id, codes[2].id];
        const { body } = await routing.getRoutingWrapupcodes({ id: wanted });
        assert.deepEqual(body.entities.map((entity) => entity.id).sort(), wanted.sort());
    }],
    ['update', async () => {
        const name = `${run} code 1, renamed`;
        const change = { name, description: 'Ü and 日本' };
        const { status, body } = await routing.putRoutingWrapupcode(codes[0].id, change);
        assert.equal(status, 200);
        assert.equal(body.id, codes[0].id);
        assert.equal(body.name, name);
        assert.equal(body.dateCreated, codes[0].dateCreated);
        const again = await routing.getRoutingWrapupcode(codes[0].id);
        assert.equal(again.body.name, name);
        assert.equal(again.body.description, 'Ü and 日本');
        codes[0] = again.body;
    }],
    ['assign to a queue', async () => {
        queue = (await routing.postRoutingQueues({ name: `${run} queue` })).body;
        assert.match(queue.id, UUID);
        assert.deepEqual(await queueCodeIds(), []);
        const wanted = codes.slice(0, 3).map((code) => ({ id: code.id }));
        const { status, body } = await routing.postRoutingQueueWrapupcodes(queue.id, wanted);
        assert.equal(status, 200);
        assert.ok(Array.isArray(body));
        const given = new Map(body.map((code) => [code.id, code.name]));
        codes.slice(0, 3).forEach((code) => assert.equal(given.get(code.id), code.name));
    }],
    ["list the queue's codes", async () => {
        assert.deepEqual(await queueCodeIds(), codes.slice(0, 3).map((code) => code.id).sort());
    }],
    ['unassign', async () => {
        const { status } = await routing.deleteRoutingQueueWrapupcode(queue.id, codes[0].id);
        assert.equal(status, 200);
        assert.deepEqual(await queueCodeIds(), codes.slice(1, 3).map((code) => code.id).sort());
    }],
    ['400 for a missing name', async () => {
        await refused(routing.postRoutingWrapupcodes({ description: 'no name' }), [400]);
    }],
    ['400 or 409 for a duplicate name', async () => {
        await refused(routing.postRoutingWrapupcodes({ name: codes[1].name }), [400, 409], ['duplicate.name']);
    }],
    ['401 for a bad token', async () => {
        const stranger = newClient();
        stranger.setAccessToken('not-a-token');
        await refused(new sdk.RoutingApi(stranger).getRoutingWrapupcodes(), [401], ['bad.credentials']);
    }],
    ['403 for a reader who creates', async () => {
        const reader = newClient();
        await reader.loginClientCredentialsGrant('acme-reader', 'acme-reader-secret');
        const api = new sdk.RoutingApi(reader);
        const seen = await api.getRoutingWrapupcode(codes[0].id);
        assert.equal(seen.body.id, codes[0].id);
        await refused(api.postRoutingWrapupcodes({ name: `${run} forbidden` }), [403],
            ['missing.permissions', 'missing.any.permissions']);
    }],
    ['404 for an unknown id', async () => {
        await refused(routing.getRoutingWrapupcode(NOBODY), [404], ['not.found', 'resource.not.found']);
    }],
    ['429, then served after Retry-After', async () => {
        await admin('POST', '/faults', { preset: '429-burst', times: 1 });
        const { headers } = await refused(routing.getRoutingWrapupcode(codes[0].id), [429],
            ['too.many.requests.retry.after']);
        const seconds = Number(headers['retry-after']);
        assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60, `Retry-After: ${seconds}`);
        await sleep(seconds * 1000);
        const { body } = await routing.getRoutingWrapupcode(codes[0].id);
        assert.equal(body.id, codes[0].id);
    }],
    ['delete, then 404', async () => {
        const { status, body } = await routing.deleteRoutingWrapupcode(codes[0].id);
        assert.equal(status, 200);
        assert.equal(body, '');
        await refused(routing.getRoutingWrapupcode(codes[0].id), [404], ['not.found', 'resource.not.found']);
        await refused(routing.deleteRoutingWrapupcode(codes[0].id), [404], ['not.found', 'resource.not.found']);
    }],
    ['nothing is left behind', async () => {
        await routing.deleteRoutingQueue(queue.id, { forceDelete: true });
        for (const code of codes.slice(1)) {
            await routing.deleteRoutingWrapupcode(code.id);
        }
        const left = (await allByNextUri()).filter((entity) => entity.name.startsWith(run));
        assert.deepEqual(left, []);
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
            const why = error && error.body ? JSON.stringify(error.body) : (error && error.stack) || error;
            console.log(`not ok ${index + 1} - ${name}\n  ${String(why).replaceAll('\n', '\n  ')}`);
        }
    }
    console.log(`${passed} passed, ${steps.length - passed} failed`);
    process.exit(passed === steps.length ? 0 : 1);
}

main();
