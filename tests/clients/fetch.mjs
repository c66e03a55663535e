// Node's fetch, and its http where fetch has no words for it, against the agent at argv[2], by TLS with NODE_EXTRA_CA_CERTS. It
// shows no certificate, as fetch cannot.
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";

const url = process.argv[2];
const document = "<NETWORK><NAME>by fetch</NAME></NETWORK>";

// Connections that were accepted in this network so far.
function accepted() {
    const [names, values] = readFileSync("/proc/net/snmp", "utf8").split("\n").filter((line) => line.startsWith("Tcp:")).map((line) => line.split(" "));
    return Number(values[names.indexOf("PassiveOpens")]);
}

function expect(wanted, got) {
    if (JSON.stringify(wanted) !== JSON.stringify(got)) throw new Error(`${JSON.stringify(got)} is not ${JSON.stringify(wanted)}`);
}

// It may open a second one before it has noticed that the first is free.
const fewConnections = 2;
async function overFewConnections(work) {
    const before = accepted();
    await work();
    if (accepted() - before > fewConnections) throw new Error(`${accepted() - before} connections`);
}

async function ask(method, path, more = {}) {
    const answer = await fetch(new URL(path, url), { method, signal: AbortSignal.timeout(60000), ...more });
    return { status: answer.status, headers: answer.headers, body: await answer.text() };
}

const claims = {
    "asks many times over few connections": () =>
        overFewConnections(async () => {
            for (let i = 0; i < 20; ++i) {
                expect(200, (await ask("GET", "/compute")).status);
                expect(404, (await ask("GET", "/nothing")).status);
            }
        }),
    "asks HEAD and goes on": () =>
        overFewConnections(async () => {
            const head = await ask("HEAD", "/compute");
            expect(Number(head.headers.get("Content-Length")), (await ask("GET", "/compute")).body.length);
        }),
    "uploads in chunks and deletes": () =>
        overFewConnections(async () => {
            const body = new Blob([document]).stream();
            const made = await ask("POST", "/network", { body, duplex: "half" });
            expect(201, made.status);
            expect(204, (await ask("DELETE", made.headers.get("Location"))).status);
        }),
    "waits for 100 Continue": async () => {
        const made = await new Promise((resolve, reject) => {
            const headers = { Expect: "100-continue", "Content-Length": document.length };
            const request = (url.startsWith("https:") ? https : http).request(new URL("/network", url), { method: "POST", headers, timeout: 60000 });
            let told = false;
            request.on("continue", () => {
                told = true;
                request.end(document);
            });
            request.on("response", (answer) => {
                answer.resume();
                answer.on("end", () => resolve({ told, status: answer.statusCode, location: answer.headers.location }));
            });
            request.on("timeout", () => request.destroy(new Error("nothing came")));
            request.on("error", reject);
            request.flushHeaders();
        });
        expect([true, 201], [made.told, made.status]);
        expect(204, (await ask("DELETE", made.location)).status);
    },
    "reads a stream": async () => {
        const control = new AbortController();
        const answer = await fetch(new URL("/-/events?since=0", url), { headers: { Accept: "text/event-stream" }, signal: control.signal });
        const { value } = await answer.body.getReader().read();
        expect(true, value.length > 0);
        control.abort();
    },
};

for (const [sentence, claim] of Object.entries(claims)) {
    try {
        await claim();
        console.log("passed " + sentence);
    } catch (failure) {
        console.log(`failed ${sentence}: ${failure.message} ${failure.cause ?? ""}`);
    }
}
process.exit(0);
