import { group } from "../lib/group";

group(["scripts", "test"]);
