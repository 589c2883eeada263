// What a configuration may not say of networks, of who takes part, what they reach, and who is told.
import { changed, valid, type RawSections } from "./configHelp";
import { absent, type Refusal } from "./refusals";

const network = (keys: object) => ({ networks: keys });
const roster = (keys: object) => ({ roster: { students: ["ada"], staff: ["grace"], ...keys } });
const onHosts = (keys: object): RawSections => ({ hosts: changed(hosts, keys) });
const mail = { server: "smtp.example.edu", from: "hub@example.edu", to: ["ta@example.edu"] };
const alerts = (keys: object): RawSections => ({ alerts: { email: { ...mail, ...keys } } });
const hook = { url: "https://chat.example.edu/hooks/not-to-be-shown" };
const { hosts } = valid.hosts;

// prettier-ignore
export const refusalsReach: Readonly<Record<string, readonly Refusal[]>> = {
  networks: [
    [network({ course: "10.11.16.0" }), "networks.course", "10.11.16.0", "is not an IPv4 network", "10.11.16.0/20"],
    [network({ course: "10.11.16.1/20" }), "networks.course", "10.11.16.1/20", "inside the network 10.11.16.0/20", "a private IPv4 network"],
    [network({ course: "10.011.16.0/20" }), "networks.course", "10.011.16.0/20", "is not an IPv4 network", "10.11.16.0/20"],
    [network({ control: "8.8.8.0/24" }), "networks.control", "8.8.8.0/24", "is not a private network", "10.11.0.0/24"],
    [network({ control: "10.11.20.0/24" }), "networks.control", "10.11.20.0/24", "overlaps networks.course, 10.11.16.0/20", "no address in common"],
    [network({ control: "10.0.0.0/24" }), "networks.control", "10.0.0.0/24", "overlaps Docker's ingress network", "10.11.0.0/24"],
    [network({ course: "172.17.0.0/20" }), "networks.course", "172.17.0.0/20", "overlaps Docker's bridge", "10.11.16.0/20"],
    [network({ control: "10.11.0.0/29" }), "networks.control", "10.11.0.0/29", "has only 5 addresses", "/28 or larger"],
    [
      {
        ...network({ course: "10.11.16.0/25" }),
        ...roster({ students: Array.from({ length: 60 }, (_, i) => `s${i}`) }),
      },
      "networks.course",
      "10.11.16.0/25",
      "has 125 addresses, and 61 people need 138",
      "/24 or larger",
    ],
    [{ ...network({ course: "10.11.16.0/27" }), student: { namedServers: 3 } }, "networks.course", "10.11.16.0/27", "2 people need 32 (two for each of a person's 4 servers, and 16)", "/26 or larger"],
    [network({ mtu: 1500 }), "networks.mtu", 1500, "no network between machines", "take it out"],
    [network({ mtu: 900 }), "networks.mtu", 900, "1280", "a number of bytes", valid.openstack],
    [network({ course: "192.168.60.0/22" }), "networks.course", "192.168.60.0/22", "overlaps the machines' network, 192.168.60.0/24", "openstack.network.subnet", valid.openstack],
  ],
  "who is told": [
    [{ alerts: {} }, "alerts", absent, "tells nobody", "alerts.email"],
    [{ alerts: { heartbeat: "https://beat.example.edu/x" } }, "alerts", absent, "tells nobody", "alerts.webhook"],
    [alerts({ to: [] }), "alerts.email.to", [], "is empty", "ta@example.edu"],
    [alerts({ to: ["ta"] }), "alerts.email.to[0]", "ta", "is not an e-mail address", "a list of e-mail addresses"],
    [alerts({ from: "a@example.edu, b@example.edu" }), "alerts.email.from", "a@example.edu, b@example.edu", "is not an e-mail address", "an e-mail address"],
    [alerts({ server: "smtp://x" }), "alerts.email.server", "smtp://x", "is not a domain name", "smtp.example.edu"],
    [alerts({ security: "ssl" }), "alerts.email.security", "ssl", "not one of the known values", "starttls, tls, none"],
    [alerts({ username: "hub" }), "alerts.email.password", absent, "is missing, and there is a username", "pulumi config set --secret --path 'semesterhub:alerts.email.password'"],
    [alerts({ password: "not-to-be-shown" }), "alerts.email.username", absent, "is missing, and there is a password", "the account"],
    [alerts({ username: "hub", password: "not-to-be-shown", security: "none" }), "alerts.email.security", "none", "would send the password in clear", "starttls"],
    [alerts({ username: "hub", password: "not-to-be-shown" }), "alerts.email.password", "(secret)", "plain text", "pulumi config set --secret --path 'semesterhub:alerts.email.password'", valid.openstack],
    [alerts({ certificateAuthority: "gone.pem" }), "alerts.email.certificateAuthority", "gone.pem", "does not exist", "from the folder"],
    [{ alerts: { webhook: { url: "http://not-to-be-shown" } } }, "alerts.webhook.url", "(secret)", "is not an https:// address", "pulumi config set"],
    [{ alerts: { webhook: hook } }, "alerts.webhook.url", "(secret)", "plain text", "pulumi config set --secret --path 'semesterhub:alerts.webhook.url'", valid.openstack],
    [{ alerts: { email: mail, heartbeat: "https://not-to-be-shown.example.edu/" } }, "alerts.heartbeat", "(secret)", "plain text", "semesterhub:alerts.heartbeat", valid.openstack],
    [{ monitoring: { prometheus: true } }, "monitoring.prometheus", true, "needs the section alerts", "add the section alerts"],
    [{ monitoring: { prometheus: "yes" } }, "monitoring.prometheus", "yes", "expected true or false", "true or false"],
    [{ monitoring: { keepDays: 0 } }, "monitoring.keepDays", 0, "is less than 1", "a number of days"],
    [{ monitoring: { keepGigabytes: 2000 } }, "monitoring.keepGigabytes", 2000, "is more than 1000", "a number of gigabytes"],
    [{ alerts: { email: mail, diskPercent: 100 } }, "alerts.diskPercent", 100, "is more than 99", "50 to 99"],
  ],
  "what students may reach": [
    [network({ allow: "10.1.2.3:80" }), "networks.allow", "10.1.2.3:80", "is text, expected a list", "10.1.2.3:27000"],
    [network({ allow: ["10.1.2.3"] }), "networks.allow[0]", "10.1.2.3", "is not an address or network with a port", "each with a port"],
    [network({ allow: ["10.1.2.3:80", "10.1.2.300:80"] }), "networks.allow[1]", "10.1.2.300:80", "is not an address or network with a port", "each with a port"],
    [network({ allow: ["10.1.4.0/33:80"] }), "networks.allow[0]", "10.1.4.0/33:80", "is not an address or network with a port", "each with a port"],
    [network({ allow: ["10.1.2.3:70000"] }), "networks.allow[0]", "10.1.2.3:70000", "is not an address or network with a port", "each with a port"],
    [network({ allow: ["license.example.edu:80"] }), "networks.allow[0]", "license.example.edu:80", "is not an address or network with a port", "each with a port"],
    [network({ allow: ["10.1.4.7/24:80"] }), "networks.allow[0]", "10.1.4.7/24:80", "inside the network 10.1.4.0/24", "each with a port"],
    [network({ allow: ["10.11.16.9:8888"] }), "networks.allow[0]", "10.11.16.9:8888", "overlaps networks.course, 10.11.16.0/20", "the one service"],
    [network({ allow: ["10.0.0.0/8:80"] }), "networks.allow[0]", "10.0.0.0/8:80", "overlaps networks.course, 10.11.16.0/20", "the one service"],
    [network({ allow: ["10.11.0.5:8001"] }), "networks.allow[0]", "10.11.0.5:8001", "overlaps networks.control, 10.11.0.0/24", "the one service"],
    [network({ allow: ["169.254.169.254:80"] }), "networks.allow[0]", "169.254.169.254:80", "overlaps the cloud's metadata address, 169.254.169.254", "the one service"],
    [network({ allow: ["169.254.0.0/16:80"] }), "networks.allow[0]", "169.254.0.0/16:80", "overlaps the cloud's metadata address, 169.254.169.254", "the one service"],
    [network({ allow: ["172.17.0.1:2375"] }), "networks.allow[0]", "172.17.0.1:2375", "overlaps Docker's bridge, 172.17.0.0/16", "the one service"],
    [network({ allow: ["192.168.60.5:22"] }), "networks.allow[0]", "192.168.60.5:22", "overlaps the machines' network, 192.168.60.0/24", "the one service", valid.openstack],
    [{ ...network({ allow: ["10.1.0.5:22"] }), ...onHosts({ hub: { address: "hub", internalAddress: "10.1.0.5" }, nodes: [] }) }, "networks.allow[0]", "10.1.0.5:22", "overlaps a machine of this semester, 10.1.0.5", "the one service", valid.hosts],
    [network({ allow: ["192.0.2.9:80"] }), "networks.allow[0]", "192.0.2.9:80", "students reach it already", "networks.block"],
    [network({ block: ["192.0.2.9/24"] }), "networks.block[0]", "192.0.2.9/24", "inside the network 192.0.2.0/24", "a list of IPv4 networks"],
  ],
  "the roster": [
    [{ roster: {} }, "roster", absent, "nobody could log in", "roster.csv"],
    [roster({ students: ["ada", "Ada"] }), "roster", "ada", "named twice: semesterhub:roster.students[0] and semesterhub:roster.students[1]", "keep one"],
    [roster({ staff: ["ada"] }), "roster", "ada", "is both student and staff", "keep one"],
    [roster({ groups: { "lab-1": ["adda"] } }), "roster.groups.lab-1", "adda", "is not in the roster", "did you mean ada?"],
    [roster({ groups: { graders: ["ada", "grace"] } }), "roster", "ada", "is in the group graders and is not staff", "the role staff"],
    [roster({ students: ["ada lovelace"] }), "roster", "ada lovelace", "has a blank", "logs in with"],
    [roster({ students: ["ada/lovelace"] }), "roster.students[0]", "ada/lovelace", "has a slash", "a list of user names"],
    [roster({ students: ["ad\u200ba"] }), "roster.students[0]", "ad\u200ba", "can't be seen", "a list of user names"],
    [{ ...roster({ students: ["o'brien", "a,b"] }), login: { method: "native" } }, "roster", "a,b", "has a comma", "logs in with"],
    [
      { ...roster({ students: ["ada", "m\u00fcller"], staff: [] }), login: { method: "github", clientId: "a", clientSecret: "not-to-be-shown" } },
      "roster", "m\u00fcller", "is not the name of a GitHub account", "logs in with",
    ],
    [roster({ groups: { students: ["ada"] } }), "roster.groups.students", absent, "hub makes itself", "group names"],
    [roster({ groups: { "lab 1": [] } }), 'roster.groups["lab 1"]', absent, "is not a group name", "group names"],
    [roster({ groups: { "lab-1": ["ada"] }, folders: ["lab1"] }), "roster.folders[0]", "lab1", "is no group of the roster", "did you mean lab-1?"],
    [roster({ groups: { "lab-1": ["ada"] }, folders: ["lab-*", "project-*"] }), "roster.folders[1]", "project-*", "fits no group of the roster", "write one of lab-1"],
    [roster({ folders: ["students"] }), "roster.folders[0]", "students", "is no group of the roster", "give the roster groups first"],
    [
      roster({ groups: Object.fromEntries(Array.from({ length: 13 }, (_, i) => [`g${i}`, ["ada"]])), folders: ["*"] }),
      "roster.folders", "ada", "is in 13 groups with a folder", "name fewer groups",
    ],
    [{ roster: { file: "none.csv" } }, "roster.file", "none.csv", "/work/course/none.csv does not exist", "from the folder of Pulumi.yaml"],
    [{ roster: { file: "twice.csv" } }, "roster", "ada", "named twice: twice.csv line 2 and twice.csv line 4", "keep one"],
    [{ roster: { file: "roster.csv", staff: ["ada"] } }, "roster", "ada", "both student and staff: roster.csv line 2 and semesterhub:roster.staff[0]", "keep one"],
    [{ roster: { file: "role.csv" } }, "roster.file", "ada,tutor,", 'role.csv line 2: the role "tutor" is not known', "write student or staff"],
    [{ roster: { file: "semicolons.csv" } }, "roster.file", "username;role;groups", "not separated by commas", "with commas"],
    [{ roster: { file: "headless.csv" } }, "roster.file", "ada,student,lab-1", "no column username", "username,role,groups"],
    [{ roster: { file: "wide.csv" } }, "roster.file", "ada,student,lab-1,lab-2", "line 2: has more fields", "semicolons"],
    [{ roster: { file: "blank.csv" } }, "roster", "ada lovelace", "has a blank", "logs in with"],
    [{ roster: { file: "unclosed.csv" } }, "roster.file", '"alan,student,', "line 3: has a quotation mark that is never closed", "close it"],
    [{ roster: { file: "made-group.csv" } }, "roster.file", "ada,student,students", 'line 2: the group "students" is a group that the hub makes', "name it otherwise"],
    [{ roster: { file: "empty.csv" } }, "roster.file", "", "the file is empty", "username,role,groups"],
  ],
};
