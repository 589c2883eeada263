// An assignment on machines of a cloud: files by NFS, each submission's sandbox on a node.
import { CloudCourse, command } from "../lib/cloudCourse";
import { smallTerm } from "../lib/smallTerm";
import { cloudStack, patience } from "./patience";

smallTerm(async () => {
  const course = await CloudCourse.current(cloudStack);
  const folder = `${course.outputs.storage.path}/course`;
  return {
    member: (name) => course.member(name),
    user: (name) => course.user(name),
    operate: (script, ...args) => command(script, cloudStack, ...args),
    read: (path) => course.on(course.storage, ["cat", `${folder}/${path}`]),
  };
}, patience);
