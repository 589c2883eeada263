/** A certificate and its key, as files of the operator's: what would keep browsers or nginx out. */
import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { isIP } from "node:net";

/** What is wrong with one of the two files. */
export interface FileProblem {
  readonly file: "certificate" | "key";
  readonly problem: string;
  readonly fix: string;
}

const blocks = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** What browsers ask for. */
export interface AskedFor {
  /** The name of the course; undefined: nobody knows yet. */
  readonly domain: string | undefined;
  /** Whether each person's server has a name below it. */
  readonly subdomains: boolean;
}

/** The first thing that is wrong, of each file. */
export function certificateProblems(
  chainText: string,
  keyText: string,
  asked: AskedFor,
  now = new Date(),
): FileProblem[] {
  const key = readKey(keyText);
  const chain = readChain(chainText);
  const problems = [...("problem" in key ? [key] : []), ...("problem" in chain ? [chain] : [])];
  if ("problem" in chain) return problems;
  const own = chain.certificates;
  const found =
    ("problem" in key ? undefined : order(own, key.key)) ?? validity(own, now) ?? names(own, asked);
  return found === undefined ? problems : [...problems, found];
}

function byteOrderMark(file: FileProblem["file"], text: string): FileProblem | undefined {
  if (!text.startsWith("\uFEFF")) return undefined;
  return {
    file,
    problem: "begins with a byte order mark, with which nginx does not take it for PEM",
    fix: "save the file as UTF-8 without a byte order mark",
  };
}

function readKey(text: string): { key: KeyObject } | FileProblem {
  const mark = byteOrderMark("key", text);
  if (mark) return mark;
  if (text.includes("ENCRYPTED")) {
    return {
      file: "key",
      problem: "is encrypted with a passphrase, which nginx can't ask for",
      fix: "write it without one: openssl pkey -in KEY.pem -out OPEN.pem, and name that file",
    };
  }
  try {
    return { key: createPrivateKey(text) };
  } catch {
    const fix = "export the key again, in PEM, without a passphrase";
    return { file: "key", problem: "is not a private key that can be read", fix };
  }
}

function readChain(text: string): { certificates: readonly X509Certificate[] } | FileProblem {
  const mark = byteOrderMark("certificate", text);
  if (mark) return mark;
  try {
    const certificates = (text.match(blocks) ?? []).map((block) => new X509Certificate(block));
    if (certificates.length > 0) return { certificates };
  } catch {
    // said below
  }
  const fix = "download the certificate with its chain again, in PEM";
  return { file: "certificate", problem: "has a certificate that can't be read", fix };
}

/** The server's own certificate comes first, each of the others has signed the one before it. */
function order(chain: readonly X509Certificate[], key: KeyObject): FileProblem | undefined {
  const first = chain.findIndex((certificate) => certificate.checkPrivateKey(key));
  const fix = "put the server's own certificate first, then the one that signed it, and so on";
  if (first > 0) {
    return {
      file: "certificate",
      problem: `does not begin with the certificate of the key: that is the one at place ${first + 1}`,
      fix,
    };
  }
  if (first < 0) {
    return {
      file: "key",
      problem: "is the key of another certificate than the one in proxy.tls.certificate",
      fix: "name the key with which this certificate was asked for",
    };
  }
  const stray = chain.findIndex((certificate, index) => {
    const signer = chain[index + 1];
    return signer !== undefined && !certificate.checkIssued(signer);
  });
  return stray < 0
    ? undefined
    : {
        file: "certificate",
        problem: `is not in order: the certificate at place ${stray + 2} did not sign the one before it`,
        fix,
      };
}

function validity(chain: readonly X509Certificate[], now: Date): FileProblem | undefined {
  for (const [index, { validFrom, validTo }] of chain.entries()) {
    const which = index === 0 ? "" : `: the one at place ${index + 1}`;
    const fix = "have the certificate renewed, and name the new file";
    if (now > new Date(validTo)) {
      return { file: "certificate", problem: `ended on ${validTo}${which}`, fix };
    }
    if (now < new Date(validFrom)) {
      return { file: "certificate", problem: `begins on ${validFrom} only${which}`, fix };
    }
  }
  return undefined;
}

function names([own]: readonly X509Certificate[], { domain, subdomains }: AskedFor) {
  if (own === undefined || domain === undefined) return undefined;
  const has = own.subjectAltName?.replace(/DNS:|IP Address:/g, "") ?? "no name";
  const matches = isIP(domain) === 0 ? own.checkHost(domain) : own.checkIP(domain);
  if (matches !== undefined) {
    // Browsers, too, take a wildcard for one label and no more.
    if (!subdomains || own.checkHost(`ada.${domain}`) !== undefined) return undefined;
    return {
      file: "certificate",
      problem: `is for ${has}, and not for *.${domain}, where people's servers are (proxy.subdomains)`,
      fix: `have one made for ${domain} and *.${domain}, or write proxy.subdomains: false`,
    } as const;
  }
  return {
    file: "certificate",
    problem: `is for ${has}, and not for ${domain} (proxy.domain)`,
    fix: "name the certificate of that host, or write its name in proxy.domain",
  } as const;
}
