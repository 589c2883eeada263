export { ProxyHost, type ProxyHostArgs } from "./proxyHost";
export { courseSite, type Site } from "./site";
