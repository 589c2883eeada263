// An assignment on machines: homes and exchange in a folder that they share, each submission's sandbox on a node.
import { MachineCourse, onMachine, operate, storageMachine } from "../lib/machineCourse";
import { smallTerm } from "../lib/smallTerm";

smallTerm(async () => {
  const course = await MachineCourse.current();
  const folder = `${course.outputs.storage.path}/course`;
  return {
    member: (name) => course.logIn(name),
    user: (name) => course.visitor(name),
    operate,
    read: (path) => onMachine(storageMachine, "cat", `${folder}/${path}`),
  };
}, 180);
