import { programTests } from "./programTests";

programTests("machines");
