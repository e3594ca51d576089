// Tokens verified by a stranger: node's own crypto, with nothing but what the discovery documents name.
// Goes the way of a real client: discovery, token, tenant from the claims, configuration, API, refresh, sign-out.
// Usage: node tokens.js READY-FILE. One line a step, 'N passed, N failed' at the end, status 1 if any step failed.
'use strict';
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');

const ready = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const base = ready.listeners.find((l) => l.profile === 'cxone').url;
const KEY = { accessKeyId: 'ACMEKEYOFBENBERGER00000000000000000000000000000000000', accessKeySecret: 'ben-key-secret' };
const APPLICATION = Buffer.from('acme-admin:acme-admin-secret').toString('base64');

let discovery, keys, tokens, api;

async function json(url, options) {
    const answer = await fetch(url, options);
    assert.equal(answer.status, 200, `${url}: ${answer.status}`);
    return answer.json();
}

// The claims of a token whose signature one of the published keys verifies.
function verified(token, ring) {
    const [head, claims, signature] = token.split('.');
    const header = JSON.parse(Buffer.from(head, 'base64url'));
    assert.equal(header.alg, 'RS256');
    const jwk = ring.find((k) => k.kid === header.kid);
    assert.ok(jwk, `no key ${header.kid}`);
    const key = crypto.createPublicKey({ key: jwk, format: 'jwk' });
    assert.ok(key.asymmetricKeyDetails.modulusLength >= 2048);
    const good = crypto.verify('RSA-SHA256', Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, 'base64url'));
    assert.ok(good, 'the signature is wrong');
    const other = crypto.verify('RSA-SHA256', Buffer.from(`${head}.x${claims}`), key, Buffer.from(signature, 'base64url'));
    assert.ok(!other, 'anything verifies');
    return JSON.parse(Buffer.from(claims, 'base64url'));
}

const steps = {
    async 'discovery names the endpoints and the keys'() {
        discovery = await json(`${base}/.well-known/openid-configuration`);
        keys = (await json(discovery.jwks_uri)).keys;
        assert.ok(keys.length > 0);
    },
    async 'an access token verifies and says whose it is'() {
        const form = new URLSearchParams({ grant_type: 'password', username: KEY.accessKeyId, password: KEY.accessKeySecret });
        tokens = await json(discovery.token_endpoint, {
            method: 'POST',
            headers: { authorization: `Basic ${APPLICATION}` },
            body: form,
        });
        const claims = verified(tokens.access_token, keys);
        assert.equal(claims.aud, 'acme-admin');
        assert.equal(claims.name, 'ben@acme.example');
        assert.equal(claims.icAgentId, '5014202');
        assert.equal(claims.exp - claims.iat, tokens.expires_in);
        const configuration = await json(`${base}/.well-known/cxone-configuration?tenantId=${claims.tenantId}`);
        assert.equal(configuration.area, claims.area);
        api = configuration.api_endpoint;
    },
    async 'so does the id token'() {
        const claims = verified(tokens.id_token, keys);
        assert.equal(claims.sub, verified(tokens.access_token, keys).sub);
    },
    async 'the token opens the API'() {
        const list = await json(`${api}/incontactAPI/services/v27.0/dispositions?top=1`, {
            headers: { authorization: `Bearer ${tokens.access_token}`, accept: 'application/json' },
        });
        assert.equal(list.dispositions.length, 1);
    },
    async 'form text that is called JSON renews it'() {
        const renewed = await json(discovery.token_endpoint, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: `grant_type=refresh_token&scope=openid&refresh_token=${tokens.refresh_token}`,
        });
        const [was, is] = [tokens, renewed].map((t) => verified(t.access_token, keys));
        assert.notEqual(is.jti, was.jti);
        assert.equal(is.sub, was.sub);
        tokens = renewed;
    },
    async 'by access key alone'() {
        const own = await json(`${base}/authentication/v1/token/access-key`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(KEY),
        });
        assert.equal(verified(own.access_token, keys).userId, verified(tokens.access_token, keys).userId);
    },
    async 'signing out ends it'() {
        const out = await fetch(`${discovery.end_session_endpoint}?id_token_hint=${tokens.id_token}`);
        assert.equal(out.status, 200);
        const list = await fetch(`${api}/incontactAPI/services/v27.0/dispositions`, {
            headers: { authorization: `Bearer ${tokens.access_token}`, accept: 'application/json' },
        });
        assert.equal(list.status, 401);
    },
};

(async () => {
    let passed = 0;
    let failed = 0;
    for (const [name, step] of Object.entries(steps)) {
        try {
            await step();
            passed++;
            console.log(`ok - ${name}`);
        } catch (error) {
            failed++;
            console.log(`not ok - ${name}: ${error.message}`);
        }
    }
    console.log(`${passed} passed, ${failed} failed`);
    process.exit(failed ? 1 : 0);
})();
