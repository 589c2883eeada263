/**
 * nginx's own ports, one for each address family. Engines list two bindings of one port in orders of
 * their own, and the official plugin would replace the proxy for another order than the declared one.
 */
export const inProxy = {
  http: { ipv4: 8080, ipv6: 9080 },
  https: { ipv4: 8443, ipv6: 9443 },
} as const;

/** What nginx's site.conf depends on. */
export interface NginxConfigArgs {
  /** Port of HTTPS as browsers outside see it; redirects lead there. */
  readonly httpsPort: number;
  /**
   * The one host name of the site; requests for another are refused.
   * @default every name
   */
  readonly serverName?: string;
  /**
   * Does each person's server have a name below the site's? The hub is at the site's own name alone.
   * @default false
   */
  readonly subdomains?: boolean;
  /**
   * Do browsers remember for two years that this host is HTTPS only? Never on localhost: HSTS holds
   * for all of a host's ports, and would break everything else that somebody develops there.
   * @default true with a serverName that is not local, else false
   */
  readonly hsts?: boolean;
  /**
   * chp's host and port: TLS, with a certificate of the stack's CA for the name chp.
   * @default "chp:8000"
   */
  readonly upstream?: string;
  /**
   * Does an ACME client prove by files that the name leads here?
   * @default false
   */
  readonly acme?: boolean;
  /**
   * Largest request to a person's server, in MiB.
   * @default 512, as Jupyter itself
   */
  readonly bodyMegabytes?: number;
  /**
   * The name server that knows upstream's host.
   * @default "127.0.0.11", Docker's
   */
  readonly resolver?: string;
}

/** Two years: what browsers' preload lists ask for. */
const hstsSeconds = 63_072_000;

/** Is a name of this computer only, or of no public authority? */
function isLocal(name: string): boolean {
  return /(^|\.)(localhost|local|internal|test)$/.test(name) || /^[\d.]+$|:/.test(name);
}

/**
 * A value that stands in nginx's syntax as one word. What else would change the meaning of the file
 * is a mistake of ours and no message for operators: config/ has checked before.
 */
function word(value: string): string {
  if (!/^[\w.:[\]-]+$/.test(value)) {
    throw new Error(`"${value}" cannot stand in nginx's configuration`);
  }
  return value;
}

function port(value: number): number {
  if (!Number.isInteger(value) || value < 1 || value > 65_535) {
    throw new Error(`${value} is not a port`);
  }
  return value;
}

function listen(scheme: keyof typeof inProxy, options: string): string {
  return Object.values(inProxy[scheme])
    .map((own) => `    listen ${own}${options};`)
    .join("\n");
}

/** nginx's own answer to a health check, over HTTP and HTTPS. */
const health = `    location = /semesterhub/health {
      access_log off;
      default_type text/plain;
      return 200 "ok\\n";
    }
`;

/** Where the site has a name of its own, other names get no answer that could be taken for it. */
const otherNames = `
  server {
${listen("https", " ssl default_server")}
    http2 on;
    include /etc/nginx/semesterhub/tls.conf;
${health}    location / {
      return 421;
    }
  }
`;

/**
 * Below the site's name there are people's servers and nothing of the hub: a page of a student's must
 * not be able to show the hub's own under its address, as for a password.
 */
const onlyServers = (target: string, name: string): string => `    set $place "$host $uri";
    if ($place ~ "^(?!${name.replaceAll(".", "\\.")} )\\S+ (?!/user/|/services/|/semesterhub/)") {
      return 307 ${target};
    }
`;

/**
 * nginx's site.conf, read by the nginx.conf of images/proxy: the parts that differ between one
 * semester and another. The rest is in the image, under /etc/nginx/semesterhub.
 */
export function nginxConfig(args: NginxConfigArgs): string {
  const { serverName, subdomains = false, bodyMegabytes = 512, resolver = "127.0.0.11" } = args;
  const upstream = word(args.upstream ?? "chp:8000");
  const hsts = args.hsts ?? (serverName !== undefined && !isLocal(serverName));
  const suffix = port(args.httpsPort) === 443 ? "" : `:${args.httpsPort}`;
  if (subdomains && serverName === undefined) throw new Error("subdomains of which name?");
  const name = serverName === undefined ? "_" : word(serverName);
  const names = subdomains ? `${name} *.${name}` : name;
  // Without a name of its own the site is called what the browser called it.
  const host = serverName === undefined || subdomains ? "$host" : name;
  const target = `https://${host}${suffix}$request_uri`;
  // A permanent redirect is remembered by browsers just as HSTS is.
  const redirect = `${hsts ? 308 : 307} ${target}`;
  if (!Number.isInteger(bodyMegabytes) || bodyMegabytes < 1) {
    throw new Error(`bodyMegabytes is ${bodyMegabytes}: a whole number from 1 up`);
  }

  return `# Made by components/proxyHost/nginxConfig.ts; a change here is overwritten.

stream {
  # chp has a new address after every restart; Docker's own TTL is 600 s.
  resolver ${word(resolver)} valid=2s ipv6=off;
  resolver_timeout 2s;
  error_log stderr error;
  server {
    listen unix:/tmp/chp.sock;
    set $chp ${upstream};
    proxy_pass $chp;
    proxy_connect_timeout 2s;
    proxy_timeout 86400s;
    proxy_socket_keepalive on;
  }
}

http {
  include /etc/nginx/semesterhub/http.conf;
  client_max_body_size ${bodyMegabytes}m;
  map $path_only $request_limit {
    default "${bodyMegabytes} MB";
    "~^/hub/" "1 MB";
  }
  map "" $strict_transport_security {
    default "${hsts ? `max-age=${hstsSeconds}` : ""}";
  }
${serverName === undefined ? "" : otherNames}
  server {
${listen("https", ` ssl${serverName === undefined ? " default_server" : ""}`)}
    http2 on;
    server_name ${names};
${subdomains ? onlyServers(`https://${name}${suffix}$request_uri`, name) : ""}    include /etc/nginx/semesterhub/tls.conf;
    # Plain HTTP on the TLS port.
    error_page 497 =${redirect};
    include /etc/nginx/semesterhub/locations.conf;
  }

  server {
${listen("http", " default_server")}
    server_name ${names};
${args.acme === true ? "    include /etc/nginx/semesterhub/challenges.conf;\n" : ""}${health}    location / {
      return ${redirect};
    }
  }
}
`;
}
