import { group } from "../lib/group";

group(["plan"]);
