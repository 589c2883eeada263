/** What must hold for browsers to be shown a certificate of the chosen source. */
import type { Rule } from "./rule";
import type { Problem } from "../problems";

/** Where ACME's HTTP-01 asks, always. */
const acmePort = 80;

/** No name, but an address, this computer, or a word. */
const noName = /^[\d.]+$|^[^.]+$|(^|\.)localhost$/;

/** Names that mean something else everywhere, so that no public authority gives certificates. */
const inside = /\.(local|internal|test|example|invalid|lan|home\.arpa)$/;

/** The rules of this file. */
export const checkCertificate: Rule = (sections) => [
  ...checkSource(sections),
  ...checkSubdomains(sections),
];

/** People's servers have names below the domain. */
const checkSubdomains: Rule = ({ proxy, platform }) => {
  if (!proxy?.subdomains) return [];
  const { domain, tls } = proxy;
  const problems: Problem[] = [];
  if (domain === undefined && platform !== "local") {
    problems.push({
      path: ["proxy", "domain"],
      problem: "is missing, and with proxy.subdomains people's servers have names below it",
      fix: 'write the name that browsers ask for, for example "jupyter.example.edu", or proxy.subdomains: false',
    });
  } else if (/^[\d.]+$/.test(domain ?? "")) {
    problems.push({
      path: ["proxy", "domain"],
      value: domain,
      problem: "is an address, and there are no names below an address (proxy.subdomains)",
      fix: 'write a name, for example "jupyter.example.edu", or proxy.subdomains: false',
    });
  }
  if (tls.source === "acme" && tls.dns === undefined) {
    problems.push({
      path: ["proxy", "tls", "dns"],
      problem: `is missing, and an ACME authority gives a certificate for *.${domain ?? "the domain"} (proxy.subdomains) only for a record of its zone`,
      fix: "write proxy.tls.dns.script (docs/certificates.md has one), or proxy.subdomains: false",
    });
  }
  return problems;
};

/** The name and the port are such as the source of the certificate needs. */
const checkSource: Rule = ({ proxy, platform }) => {
  if (!proxy || proxy.tls.source === "stack") return [];
  const { tls, domain, httpPort } = proxy;
  const local = platform === "local";
  const problems: Problem[] = [];
  const example = 'write the name that browsers ask for, for example "jupyter.example.edu"';
  if (domain === undefined && (!local || tls.source === "acme")) {
    problems.push({
      path: ["proxy", "domain"],
      problem: `is missing, and a certificate (proxy.tls.source: ${tls.source}) is for a name`,
      fix: example,
    });
  }
  if (tls.source !== "acme") return problems;
  if (domain !== undefined && noName.test(domain)) {
    problems.push({
      path: ["proxy", "domain"],
      value: domain,
      problem: "is not a full name, and ACME authorities give certificates for nothing else",
      fix: `${example}, or proxy.tls.source: stack`,
    });
  } else if (inside.test(domain ?? "") && tls.certificateAuthority === undefined) {
    problems.push({
      path: ["proxy", "domain"],
      value: domain,
      problem: "is not a name on the internet, so that no public authority gives a certificate",
      fix: 'write a public name, for example "jupyter.example.edu", or proxy.tls.source: stack',
    });
  }
  // With a record of the zone, nobody asks at a port.
  if (tls.dns !== undefined) return problems;
  if (local && httpPort === undefined) {
    problems.push({
      path: ["proxy", "httpPort"],
      problem: `is missing, and an ACME authority asks at port ${acmePort} whether the name leads here`,
      fix: `write ${acmePort}`,
    });
  } else if (httpPort !== undefined && httpPort !== acmePort) {
    problems.push({
      path: ["proxy", "httpPort"],
      value: httpPort,
      problem: `is not where an ACME authority asks whether the name leads here, which is port ${acmePort}`,
      fix: `write ${acmePort}${local ? "" : ", or leave httpPort out"}`,
    });
  }
  return problems;
};
