import { nginxConfig } from "../../../../components/proxyHost/nginxConfig";

describe("nginxConfig", () => {
  test("on localhost: every name, redirects that browsers forget, no HSTS", () => {
    expect(nginxConfig({ httpsPort: 8443 })).toMatchInlineSnapshot(`
     "# Made by components/proxyHost/nginxConfig.ts; a change here is overwritten.

     stream {
       # chp has a new address after every restart; Docker's own TTL is 600 s.
       resolver 127.0.0.11 valid=2s ipv6=off;
       resolver_timeout 2s;
       error_log stderr error;
       server {
         listen unix:/tmp/chp.sock;
         set $chp chp:8000;
         proxy_pass $chp;
         proxy_connect_timeout 2s;
         proxy_timeout 86400s;
         proxy_socket_keepalive on;
       }
     }

     http {
       include /etc/nginx/semesterhub/http.conf;
       client_max_body_size 512m;
       map $path_only $request_limit {
         default "512 MB";
         "~^/hub/" "1 MB";
       }
       map "" $strict_transport_security {
         default "";
       }

       server {
         listen 8443 ssl default_server;
         listen 9443 ssl default_server;
         http2 on;
         server_name _;
         include /etc/nginx/semesterhub/tls.conf;
         # Plain HTTP on the TLS port.
         error_page 497 =307 https://$host:8443$request_uri;
         include /etc/nginx/semesterhub/locations.conf;
       }

       server {
         listen 8080 default_server;
         listen 9080 default_server;
         server_name _;
         location = /semesterhub/health {
           access_log off;
           default_type text/plain;
           return 200 "ok\\n";
         }
         location / {
           return 307 https://$host:8443$request_uri;
         }
       }
     }
     "
    `);
  });

  test("with a domain: HSTS, permanent redirects to the plain name, other names refused", () => {
    expect(nginxConfig({ httpsPort: 443, serverName: "jupyter.example.edu", bodyMegabytes: 200 }))
      .toMatchInlineSnapshot(`
     "# Made by components/proxyHost/nginxConfig.ts; a change here is overwritten.

     stream {
       # chp has a new address after every restart; Docker's own TTL is 600 s.
       resolver 127.0.0.11 valid=2s ipv6=off;
       resolver_timeout 2s;
       error_log stderr error;
       server {
         listen unix:/tmp/chp.sock;
         set $chp chp:8000;
         proxy_pass $chp;
         proxy_connect_timeout 2s;
         proxy_timeout 86400s;
         proxy_socket_keepalive on;
       }
     }

     http {
       include /etc/nginx/semesterhub/http.conf;
       client_max_body_size 200m;
       map $path_only $request_limit {
         default "200 MB";
         "~^/hub/" "1 MB";
       }
       map "" $strict_transport_security {
         default "max-age=63072000";
       }

       server {
         listen 8443 ssl default_server;
         listen 9443 ssl default_server;
         http2 on;
         include /etc/nginx/semesterhub/tls.conf;
         location = /semesterhub/health {
           access_log off;
           default_type text/plain;
           return 200 "ok\\n";
         }
         location / {
           return 421;
         }
       }

       server {
         listen 8443 ssl;
         listen 9443 ssl;
         http2 on;
         server_name jupyter.example.edu;
         include /etc/nginx/semesterhub/tls.conf;
         # Plain HTTP on the TLS port.
         error_page 497 =308 https://jupyter.example.edu$request_uri;
         include /etc/nginx/semesterhub/locations.conf;
       }

       server {
         listen 8080 default_server;
         listen 9080 default_server;
         server_name jupyter.example.edu;
         location = /semesterhub/health {
           access_log off;
           default_type text/plain;
           return 200 "ok\\n";
         }
         location / {
           return 308 https://jupyter.example.edu$request_uri;
         }
       }
     }
     "
    `);
  });

  test("braces are balanced", () => {
    for (const args of [{ httpsPort: 443 }, { httpsPort: 8443, serverName: "a.example.org" }]) {
      const text = nginxConfig(args);
      expect(text.match(/{/g)).toHaveLength(text.match(/}/g)?.length ?? -1);
    }
  });

  test.each(["localhost", "hub.localhost", "course.local", "x.test", "127.0.0.1"])(
    "%s gets no HSTS unasked",
    (serverName) => {
      expect(nginxConfig({ httpsPort: 443, serverName })).not.toContain("max-age");
      expect(nginxConfig({ httpsPort: 443, serverName, hsts: true })).toContain("max-age=63072000");
    },
  );

  test("a domain can do without HSTS", () => {
    const text = nginxConfig({ httpsPort: 443, serverName: "a.example.org", hsts: false });
    expect(text).not.toContain("max-age");
    expect(text).toContain("return 307");
  });

  test("with ACME, an authority finds its answers before everybody is sent on to HTTPS", () => {
    const challenges = "include /etc/nginx/semesterhub/challenges.conf;";
    const text = nginxConfig({ httpsPort: 443, serverName: "a.example.org", acme: true });
    expect(text.split("listen 9080 default_server;")[1]).toContain(challenges);
    expect(text.split(challenges)).toHaveLength(2);
    expect(nginxConfig({ httpsPort: 443, serverName: "a.example.org" })).not.toContain(challenges);
  });

  test("names below the site's are people's servers, and nothing of the hub", () => {
    const text = nginxConfig({ httpsPort: 8443, serverName: "hub.example.edu", subdomains: true });
    expect(text.match(/server_name hub\.example\.edu \*\.hub\.example\.edu;/g)).toHaveLength(2);
    const [, rule = ""] = /if \(\$place ~ "(.+)"\)/.exec(text) ?? [];
    expect(text).toContain("return 307 https://hub.example.edu:8443$request_uri;");
    const elsewhere = (place: string) => new RegExp(rule).test(place);
    expect(elsewhere("ada.hub.example.edu /hub/login")).toBe(true);
    expect(elsewhere("hubxexample.edu /hub/login")).toBe(true);
    expect(elsewhere("ada.hub.example.edu /")).toBe(true);
    for (const place of [
      "ada.hub.example.edu /user/ada/lab",
      "grading--service.hub.example.edu /services/grading/",
      "hub.example.edu /hub/login",
    ]) {
      expect(elsewhere(place)).toBe(false);
    }
  });

  test("another place for chp, another name server", () => {
    const text = nginxConfig({ httpsPort: 443, upstream: "10.0.0.5:9000", resolver: "10.0.0.2" });
    expect(text).toContain("set $chp 10.0.0.5:9000;");
    expect(text).toContain("resolver 10.0.0.2 valid=2s ipv6=off;");
  });

  test.each([
    [{ httpsPort: 0 }, "0 is not a port"],
    [{ httpsPort: 70_000 }, "70000 is not a port"],
    [{ httpsPort: 443.5 }, "443.5 is not a port"],
    [{ httpsPort: 443, bodyMegabytes: 0 }, "bodyMegabytes is 0"],
    [{ httpsPort: 443, serverName: "a; root /" }, '"a; root /" cannot stand'],
    [{ httpsPort: 443, serverName: "$host" }, '"$host" cannot stand'],
    [{ httpsPort: 443, upstream: "chp:8000 {" }, '"chp:8000 {" cannot stand'],
    [{ httpsPort: 443, resolver: "" }, '"" cannot stand'],
  ])("%j is refused", (args, message) => {
    expect(() => nginxConfig(args)).toThrow(message);
  });
});
