import { group } from "./group";

group("plan");
