import { explainMissing, type Missing } from "../../../scripts/lib/status/publicCertificate.mjs";

const status = {
  directory: "https://ca.example/directory",
  certificate: null,
  running: false,
  failures: 1,
  lastAttempt: "2026-11-21T13:00:00.000Z",
  error: "203.0.113.9: Connection refused (connection)",
  next: "2026-11-21T13:05:00.000Z",
};
const missing: Missing = {
  domain: "hub.example.edu",
  proxy: "203.0.113.10",
  leadsTo: ["203.0.113.10"],
  answers: true,
  status,
};

test.each<[string, Partial<Missing>, string]>([
  ["a name without an address", { leadsTo: [] }, "have its DNS record made, to 203.0.113.10"],
  [
    "a name that leads elsewhere",
    { leadsTo: ["203.0.113.9"] },
    "The name leads to 203.0.113.9: its DNS record must lead to 203.0.113.10.",
  ],
  ["a closed port", { answers: false }, "Port 80 of hub.example.edu does not lead to the course"],
  ["what the authority said", {}, "The authority's answer: 203.0.113.9: Connection refused"],
  ["a client that can't be asked", { status: undefined }, "npm run logs acme says"],
  [
    "a certificate that is there still",
    { status: { ...status, certificate: { issuer: "X", ends: "2026-12-24T00:00:00Z" } } },
    "is not renewed; it is good until 2026-12-24",
  ],
])("%s", (_, facts, text) => {
  const lines = explainMissing({ ...missing, ...facts });
  expect(lines.join("\n")).toContain(text);
  expect(lines.at(-1)).toMatch(/It is tried again by itself.* at once by npm run up/);
});

test("where the proxy's address is not known to the world, only the name is asked about", () => {
  const lines = explainMissing({ ...missing, proxy: undefined, leadsTo: ["203.0.113.9"] });
  expect(lines.join("\n")).not.toContain("must lead to");
});
