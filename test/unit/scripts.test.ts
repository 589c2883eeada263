import { group } from "./group";

group("scripts");
