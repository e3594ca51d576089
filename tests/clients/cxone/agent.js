// NICE's own agent packages, unmodified, against `rehearse serve --profile cxone`: what they
// read of discovery, keys, tokens, dispositions, unavailable codes and agent sessions. Their sign-in is a page in a
// browser, which no mock is: the token is asked for with an access key, and handed to them.
// Usage: node agent.js BUNDLE READY-FILE. One line a step, 'N passed, N failed' at the end.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
require('./browser.js');

for (const level of ['debug', 'info', 'warn', 'error']) {
    console[level] = () => {}; // the packages talk a great deal
}
const nice = require(path.resolve(process.argv[2]));
const ready = JSON.parse(fs.readFileSync(process.argv[3], 'utf8'));
const base = ready.listeners.find((l) => l.profile === 'cxone').url.replace(/\/$/, '');
const SKILL = '4001';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const auth = nice.CXoneAuth.instance;
const session = nice.ACDSessionManager.instance;
let discovered;
let answer; // of the token endpoint
let token;
let config;
let dispositions;

async function grant(secret) {
    const form = new URLSearchParams({
        grant_type: 'password',
        username: 'ACMEKEYOFBENBERGER00000000000000000000000000000000000',
        password: secret,
        client_id: 'acme-admin',
        client_secret: 'acme-admin-secret',
    });
    const reply = await fetch(discovered.tokenEndpoint, { method: 'POST', body: form });
    return { status: reply.status, data: await reply.json() };
}

const steps = [
    ['discovery', async () => {
        auth.init({ cxoneHostname: base, clientId: 'acme-admin', redirectUri: 'http://localhost/' });
        discovered = await auth.getOpenIDConfiguration(base);
        for (const name of ['authorizationEndpoint', 'tokenEndpoint', 'endSessionEndpoint', 'jwksURI']) {
            assert.ok(discovered[name].startsWith(`${base}/`), `${name}: ${discovered[name]}`);
        }
    }],
    ['a wrong key gets no token', async () => {
        assert.equal((await grant('wrong')).status, 401);
    }],
    ['the id token is verified with the keys of discovery', async () => {
        answer = await grant('ben-key-secret');
        assert.equal(answer.status, 200);
        assert.equal(await auth.verifyJwt(answer), true);
        const [head, claims, signature] = answer.data.id_token.split('.');
        const other = `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`;
        const forged = { ...answer.data, id_token: [head, claims, other].join('.') };
        assert.equal(await auth.verifyJwt({ data: forged }), false);
    }],
    ['the token and its user are read', async () => {
        token = auth.parseAndSaveAuthToken(answer);
        assert.equal(token.accessToken, answer.data.access_token);
        assert.equal(token.refreshToken, answer.data.refresh_token);
        assert.equal(token.expiresIn, 3600);
        const user = auth.cxoneUser.userInfo;
        assert.equal(user.userName, 'ben@acme.example');
        assert.match(user.tenantId, UUID);
        assert.match(user.userId, UUID);
    }],
    ['the configuration of the tenant', async () => {
        config = await auth.getCXoneConfiguration(base, auth.cxoneUser.userInfo.tenantId, true);
        assert.equal(config.acdApiBaseUri, base);
        assert.ok(config.area && config.cluster && config.domain && config.acdDomain);
        await assert.rejects(auth.getCXoneConfiguration(base, '11eb0000-0000-0000-0000-000000000000', true));
        auth.setCXoneConfig(config);
    }],
    ['dispositions of a skill', async () => {
        dispositions = await new nice.DispositionService().getDispositions(SKILL, 'voice');
        assert.ok(dispositions.length > 2);
        for (const d of dispositions) {
            assert.ok(Number.isInteger(d.dispositionId) && d.dispositionName && d.classification, JSON.stringify(d));
            assert.equal(typeof d.requireCommitmentAmount, 'boolean');
        }
    }],
    ['a skill without any', async () => {
        await assert.rejects(new nice.DispositionService().getDispositions('999999', 'voice'));
    }],
    ['unavailable codes of the team', async () => {
        const reply = await fetch(`${base}/incontactAPI/services/v34.0/teams`, {
            headers: { Authorization: `Bearer ${token.accessToken}`, Accept: 'application/json' },
        });
        const { teams } = await reply.json();
        const codes = await new nice.AgentStateService().getTeamUnavailableCodes(true, String(teams[0].teamId));
        assert.ok(codes.length > 0);
    }],
    ['an agent session', async () => {
        session.cxOneConfig = config;
        session.accessToken = token.accessToken;
        const reply = await session.startSession({ stationPhoneNumber: '5551000' }, false);
        assert.equal(reply.status, 200);
        assert.ok(session.sessionId);
        assert.equal(session.sessionId, reply.data.sessionId);
    }],
    ['no session for a bad token', async () => {
        session.accessToken = 'nobody-made-this';
        await assert.rejects(session.startSession({ stationPhoneNumber: '5551000' }, false));
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
    process.exit(passed === steps.length ? 0 : 1); // their timers would go on
}

main();
