// What a configuration with little in it means, on each platform.
import { accepted, valid } from "../lib/configHelp";

test("the least on local, with every default", () => {
  expect(accepted(valid.local)).toMatchInlineSnapshot(`
   {
     "backup": {
       "everyMinutes": 60,
       "folder": "/var/lib/semesterhub/dev-backups",
       "homes": true,
       "keepDays": 14,
       "keepWeeks": 26,
       "target": "file:///var/lib/semesterhub/dev-backups",
     },
     "course": {
       "timezone": "UTC",
       "title": "T",
     },
     "cull": {
       "busyMinutes": 1440,
       "drainMinutes": 30,
       "everyMinutes": 10,
       "idleMinutes": 60,
       "kernelIdleMinutes": 30,
       "maxAgeHours": 0,
     },
     "database": {
       "kind": "sqlite",
     },
     "face": {
       "links": [],
       "palette": {
         "button": "#b85a00",
         "buttonText": "#ffffff",
         "onDark": "#cc8847",
         "onLight": "#a95300",
       },
       "templates": [],
       "welcome": [],
     },
     "grading": {
       "cellSeconds": 30,
       "memoryBytes": 1073741824,
       "outputBytes": 5242880,
       "seconds": 300,
       "showHiddenTests": false,
       "similarity": false,
       "submissionBytes": 104857600,
       "trialRuns": false,
       "workers": 2,
     },
     "health": {
       "healthEverySeconds": 5,
     },
     "login": {
       "method": "dummy",
     },
     "networks": {
       "allow": [],
       "block": [],
       "bridges": {
         "cidr": "172.30.0.0/16",
         "first": 2887647232,
         "gateway": "172.30.0.1",
         "last": 2887712767,
         "prefix": 16,
       },
       "control": {
         "cidr": "10.11.0.0/24",
         "first": 168493056,
         "gateway": "10.11.0.1",
         "last": 168493311,
         "prefix": 24,
       },
       "course": {
         "cidr": "10.11.16.0/20",
         "first": 168497152,
         "gateway": "10.11.16.1",
         "last": 168501247,
         "prefix": 20,
       },
       "encrypted": true,
     },
     "platform": {
       "generation": 1,
       "kind": "local",
     },
     "profiles": [],
     "proxy": {
       "port": 8443,
       "publicPort": 8443,
       "subdomains": false,
       "tls": {
         "source": "stack",
       },
       "uploadMegabytes": 512,
     },
     "roster": {
       "folders": [],
       "groups": {},
       "staff": [
         "grace",
       ],
       "students": [
         "ada",
       ],
     },
     "spawn": {
       "activeServers": 0,
       "concurrent": 64,
       "interface": "lab",
       "timeoutSeconds": 120,
     },
     "stack": "dev",
     "staff": {
       "mayEnterServers": false,
     },
     "statistics": {
       "keepNamesDays": 200,
       "names": "names",
     },
     "storage": {
       "path": "/var/lib/semesterhub/dev",
       "shared": false,
     },
     "student": {
       "connections": 1000,
       "cpus": 1,
       "cpusReserved": 0,
       "datagramsPerSecond": 2000,
       "memoryBytes": 1073741824,
       "memoryReservedBytes": 268435456,
       "namedServers": 0,
       "pids": 512,
       "tokens": 100,
     },
   }
  `);
});

test("machines that exist", () => {
  const { platform, proxy, backup } = accepted(valid.hosts);
  expect({ platform, proxy, backup }).toMatchInlineSnapshot(`
   {
     "backup": {
       "everyMinutes": 60,
       "folder": "/srv/backups",
       "homes": true,
       "keepDays": 14,
       "keepWeeks": 26,
       "target": "file:///srv/backups",
     },
     "platform": {
       "adminCidrs": [
         "198.51.100.0/24",
       ],
       "hub": {
         "address": "203.0.113.11",
         "generation": 1,
         "gpus": 0,
         "internalAddress": "203.0.113.11",
         "memoryBytes": 68719476736,
         "name": "hub",
         "port": 22,
         "user": "root",
       },
       "internalNetwork": "203.0.113.0/24",
       "kind": "hosts",
       "nodes": [
         {
           "address": "203.0.113.12",
           "generation": 1,
           "gpus": 0,
           "internalAddress": "203.0.113.12",
           "memoryBytes": 34359738368,
           "name": "node-1",
           "port": 22,
           "user": "root",
         },
         {
           "address": "203.0.113.13",
           "generation": 1,
           "gpus": 0,
           "internalAddress": "203.0.113.13",
           "name": "node-2",
           "port": 22,
           "user": "root",
         },
       ],
       "proxy": {
         "address": "203.0.113.10",
         "generation": 1,
         "gpus": 0,
         "internalAddress": "203.0.113.10",
         "name": "proxy",
         "port": 22,
         "user": "root",
       },
       "slot": 0,
     },
     "proxy": {
       "httpPort": 80,
       "port": 443,
       "publicPort": 443,
       "subdomains": false,
       "tls": {
         "source": "stack",
       },
       "uploadMegabytes": 512,
     },
   }
  `);
});

test("a cloud", () => {
  const { platform, proxy, backup } = accepted(valid.openstack);
  expect({ platform, proxy, backup }).toMatchInlineSnapshot(`
   {
     "backup": {
       "everyMinutes": 60,
       "homes": true,
       "keepDays": 14,
       "keepWeeks": 26,
       "target": "swift://semesterhub-dev-backups",
     },
     "platform": {
       "adminCidrs": [
         "198.51.100.0/24",
       ],
       "dataVolumeAtEnd": "keep",
       "dataVolumeGb": 100,
       "flavors": {
         "hub": "m",
         "node": "l",
         "proxy": "s",
       },
       "generations": {},
       "image": "debian-13",
       "kind": "openstack",
       "network": {
         "dns": [],
         "externalNetwork": "public",
         "kind": "routed",
         "subnet": {
           "cidr": "192.168.60.0/24",
           "first": 3232250880,
           "gateway": "192.168.60.1",
           "last": 3232251135,
           "prefix": 24,
         },
       },
       "nodes": {
         "gpus": 0,
         "memoryBytes": 8589934592,
         "names": [
           "node-1",
           "node-2",
         ],
         "spread": "none",
       },
       "user": "debian",
     },
     "proxy": {
       "httpPort": 80,
       "port": 443,
       "publicPort": 443,
       "subdomains": false,
       "tls": {
         "source": "stack",
       },
       "uploadMegabytes": 512,
     },
   }
  `);
});
