// The little of a browser that NICE's packages look for as they are loaded. Requests are node's own fetch.
'use strict';

class Storage {
    #items = new Map();

    getItem(name) { return this.#items.has(name) ? this.#items.get(name) : null; }

    setItem(name, value) { this.#items.set(name, String(value)); }

    removeItem(name) { this.#items.delete(name); }

    clear() { this.#items.clear(); }
}

const nothing = () => {};
const element = () => ({ style: {}, appendChild: nothing, removeChild: nothing, setAttribute: nothing, remove: nothing });

globalThis.window = globalThis;
globalThis.self = globalThis;
globalThis.localStorage = new Storage();
globalThis.sessionStorage = new Storage();
globalThis.location = new URL('http://localhost/');
globalThis.addEventListener = nothing;
globalThis.removeEventListener = nothing;
globalThis.Worker = class { postMessage() {} terminate() {} };
globalThis.document = {
    createElement: element,
    head: element(),
    body: element(),
    documentElement: element(),
    addEventListener: nothing,
    removeEventListener: nothing,
    querySelector: () => null,
    getElementById: () => null,
    getElementsByTagName: () => [],
    cookie: '',
};
if (!globalThis.navigator) {
    globalThis.navigator = { userAgent: 'node', onLine: true };
}
