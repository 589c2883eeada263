export { ProxyHost, type ProxyHostArgs, type ServeArgs } from "./proxyHost";
export { courseSite, type Site } from "./site";
